import type { Words } from './words.ts'

export const words: Words = {
  language: 'zh',
  status: {
    connecting: '正在连接…',
    waitingForKeyframe: '正在等待画面…',
    reconnecting: '正在重新连接…',
    reconnectingIn: '{time}后重新连接',
    stalled: '画面静止',
    stale: '这是{age}前的画面',
    ended: '播放已结束',
    autoplayBlocked: '浏览器需要点击后才能播放',
    soundOnly: '仅有声音，没有画面',
    slow: '比平时更慢。',
    play: '播放',
    playAgain: '重新播放',
    retry: '重试',
    details: '详细信息',
  },
  controls: {
    controls: '播放控制',
    play: '播放',
    pause: '暂停',
    live: '直播',
    goLive: '回到直播',
    delay: '延迟 {time}',
    mute: '静音',
    unmute: '取消静音',
    volume: '音量',
    seek: '播放位置',
    position: '{position}，共 {duration}',
    fullScreen: '全屏',
    exitFullScreen: '退出全屏',
    pictureInPicture: '画中画',
    exitPictureInPicture: '退出画中画',
    snapshot: '保存截图',
    record: '录制',
    stopRecording: '停止录制',
    saveLast: '保存最近{time}',
    more: '更多',
    quality: '画质',
    mainStream: '高清',
    subStream: '流畅',
    zoom: '缩放',
    zoomIn: '放大',
    zoomOut: '缩小',
    resetView: '重置视图',
    moveLeft: '左移',
    moveRight: '右移',
    moveUp: '上移',
    moveDown: '下移',
    rotate: '旋转 90°',
    fit: '适应方式',
    contain: '完整',
    cover: '裁剪',
    fill: '拉伸',
    speed: '速度',
    statistics: '统计信息',
    snapshotSaved: '截图已保存',
    recordingStarted: '正在录制',
    recordingSaved: '录像已保存',
    didNotWork: '操作失败：{reason}',
  },
  doctor: {
    title: '详细信息',
    withoutSecrets: '供技术支持使用，其中没有密码和票据。',
    copy: '复制',
    copied: '已复制',
    close: '关闭',
  },
  errors: {
    'invalid-url': {
      title: '无法识别摄像头地址',
      advice: '请填写 rtsp://主机[:端口]/路径，或网桥中的视频流名称。',
    },
    'host-not-found': {
      title: '找不到摄像头',
      advice: '请检查主机名是否有误，以及发起连接的机器的 DNS。',
    },
    'connection-refused': {
      title: '摄像头拒绝连接',
      advice: '请检查地址和端口、摄像头是否开机，以及是否启用了 RTSP。',
    },
    'connection-timeout': {
      title: '无法连接摄像头',
      advice: '请检查摄像头是否开机，以及中间是否有防火墙。',
    },
    'connection-lost': {
      title: '连接已断开',
      advice: '播放器会自动重试。',
    },
    'tls-failed': {
      title: '无法与摄像头建立安全连接',
      advice: '请检查端口是否支持 TLS（rtsps，通常为 322），以及摄像头的证书是否受信任。',
    },
    'not-rtsp': {
      title: '响应的不是摄像头',
      advice:
        '摄像头通常使用 554 端口；80 和 8080 是网页。如果是视频服务的问题：请检查 bridge 属性，以及代理是否把 WebSocket 转给 rtsp-bridge。',
    },
    'bridge-unreachable': {
      title: '无法连接视频服务',
      advice: '请检查 rtsp-bridge 是否运行，以及页面能否打开到它的 WebSocket（地址、代理、CSP connect-src）。',
    },
    'ticket-required': {
      title: '无法观看：票据缺失或已过期',
      advice: '请刷新页面，或重新登录门户。',
    },
    'origin-not-allowed': {
      title: '视频服务不允许此网站',
      advice: '请让网桥管理员将其加入“origins”。',
    },
    'target-not-allowed': {
      title: '此处不允许该地址',
      advice: '请让网桥管理员放行：rtsp-bridge serve --allow HOST:PORT。',
    },
    'stream-not-found': {
      title: '没有这个视频流',
      advice: '请核对可用视频流的名称。',
    },
    'bridge-too-many': {
      title: '观看人数已达上限',
      advice: '请关闭其他播放器，或稍后再试。',
    },
    'bridge-draining': {
      title: '视频服务正在重启',
      advice: '播放器会自动重试。',
    },
    'bridge-failed': {
      title: '视频服务出现故障',
      advice: '播放器会自动重试。如果持续出现，请联系管理员。',
    },
    'camera-password-refused': {
      title: '摄像头拒绝了密码',
      advice: '请让网桥管理员更正该视频流的用户名和密码。',
    },
    'request-timeout': {
      title: '摄像头没有响应',
      advice: '如果持续出现，请重启摄像头。',
    },
    unauthorized: {
      title: '摄像头拒绝了密码',
      advice: '请检查用户名和密码。有些摄像头的视频账户是单独的。',
    },
    forbidden: {
      title: '该账户无权观看此视频流',
      advice: '请在摄像头设置中授予权限。',
    },
    'not-found': {
      title: '摄像头没有该路径的视频流',
      advice: '请在摄像头说明书中查找路径。',
    },
    'not-enough-bandwidth': {
      title: '摄像头的连接数已达上限',
      advice: '请关闭其他播放器，或通过网桥共享连接。',
    },
    'server-error': {
      title: '摄像头出现故障',
      advice: '如果持续出现，请重启摄像头。',
    },
    'no-playable-track': {
      title: '该视频流中没有可播放的内容',
      advice: '请将摄像头设置为 H.264。',
    },
    'codec-unsupported': {
      title: '此浏览器无法播放该编码',
      advice: '请将摄像头设置为 H.264，或换用其他浏览器。',
    },
    'media-source-unsupported': {
      title: '此浏览器不支持实时视频',
      advice: '请使用最新的 Chrome、Edge、Firefox 或 Safari。',
    },
    'part-not-loaded': {
      title: '播放器的部分文件未能加载',
      advice: '请检查软件包的所有文件是否都可访问，然后刷新页面。',
    },
    'decode-failed': {
      title: '浏览器无法解码画面',
      advice: '播放器会重新开始。',
    },
    'no-media': {
      title: '摄像头没有发送画面',
      advice: '请检查编码设置和允许的观看人数。',
    },
  },
}
