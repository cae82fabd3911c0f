import type { Words } from './words.ts'

export const words: Words = {
  language: 'ja',
  status: {
    connecting: '接続しています…',
    waitingForKeyframe: '映像を待っています…',
    reconnecting: '再接続しています…',
    reconnectingIn: '{time}後に再接続します',
    stalled: '映像が止まっています',
    stale: '{age}前の映像です',
    ended: '配信は終了しました',
    autoplayBlocked: '再生するにはクリックが必要です',
    soundOnly: '音声のみ：映像はありません',
    slow: '通常より時間がかかっています。',
    play: '再生',
    playAgain: 'もう一度再生',
    retry: '再試行',
    details: '詳細',
  },
  controls: {
    controls: '再生操作',
    play: '再生',
    pause: '一時停止',
    live: 'ライブ',
    goLive: 'ライブに戻る',
    delay: '遅延 {time}',
    mute: 'ミュート',
    unmute: 'ミュート解除',
    volume: '音量',
    seek: '再生位置',
    position: '{duration}中の{position}',
    fullScreen: '全画面表示',
    exitFullScreen: '全画面表示を終了',
    pictureInPicture: 'ピクチャーインピクチャー',
    exitPictureInPicture: 'ピクチャーインピクチャーを終了',
    snapshot: '静止画を保存',
    record: '録画',
    stopRecording: '録画を停止',
    saveLast: '直前の{time}を保存',
    more: 'その他',
    quality: '画質',
    mainStream: '標準',
    subStream: '低画質',
    zoom: 'ズーム',
    zoomIn: '拡大',
    zoomOut: '縮小',
    resetView: '表示をリセット',
    moveLeft: '左へ移動',
    moveRight: '右へ移動',
    moveUp: '上へ移動',
    moveDown: '下へ移動',
    rotate: '90°回転',
    fit: '表示方法',
    contain: '全体',
    cover: '切り抜き',
    fill: '引き伸ばし',
    speed: '速度',
    statistics: '統計情報',
    snapshotSaved: '静止画を保存しました',
    recordingStarted: '録画中',
    recordingSaved: '録画を保存しました',
    didNotWork: 'うまくいきませんでした：{reason}',
  },
  doctor: {
    title: '詳細',
    withoutSecrets: 'サポート担当者向けの情報です。パスワードやチケットは含まれません。',
    copy: 'コピー',
    copied: 'コピーしました',
    close: '閉じる',
  },
  errors: {
    'invalid-url': {
      title: 'カメラのアドレスを読み取れません',
      advice: 'rtsp://ホスト[:ポート]/パス、またはブリッジのストリーム名を指定してください。',
    },
    'host-not-found': {
      title: 'カメラが見つかりません',
      advice: 'ホスト名の入力ミスと、接続元のDNSを確認してください。',
    },
    'connection-refused': {
      title: 'カメラが接続を拒否しました',
      advice: 'アドレスとポート、カメラの電源、RTSPが有効かどうかを確認してください。',
    },
    'connection-timeout': {
      title: 'カメラに接続できません',
      advice: 'カメラの電源と、途中のファイアウォールを確認してください。',
    },
    'connection-lost': {
      title: '接続が切れました',
      advice: '自動的に再接続します。',
    },
    'tls-failed': {
      title: 'カメラと安全に接続できません',
      advice: 'ポートがTLSに対応しているか（rtsps、通常は322）、カメラの証明書が信頼されているかを確認してください。',
    },
    'not-rtsp': {
      title: '応答したのはカメラではありません',
      advice:
        'カメラは通常ポート554を使います。80と8080はウェブページです。映像サービスの場合は、属性「bridge」と、プロキシがWebSocketをrtsp-bridgeに渡しているかを確認してください。',
    },
    'bridge-unreachable': {
      title: '映像サービスに接続できません',
      advice:
        'rtsp-bridgeが動作しているか、ページからWebSocketを開けるか（アドレス、プロキシ、CSP connect-src）を確認してください。',
    },
    'ticket-required': {
      title: '視聴できません：チケットがないか、期限切れです',
      advice: 'ページを再読み込みするか、ポータルにもう一度ログインしてください。',
    },
    'origin-not-allowed': {
      title: 'このサイトは映像サービスで許可されていません',
      advice: 'ブリッジの管理者に、「origins」への追加を依頼してください。',
    },
    'target-not-allowed': {
      title: 'このアドレスは許可されていません',
      advice: 'ブリッジの管理者に許可を依頼してください：rtsp-bridge serve --allow HOST:PORT。',
    },
    'stream-not-found': {
      title: 'このストリームはありません',
      advice: '利用できるストリームの名前を確認してください。',
    },
    'bridge-too-many': {
      title: '視聴者数が上限に達しています',
      advice: 'ほかのプレーヤーを閉じるか、後でもう一度お試しください。',
    },
    'bridge-draining': {
      title: '映像サービスを再起動しています',
      advice: '自動的に再接続します。',
    },
    'bridge-failed': {
      title: '映像サービスに問題があります',
      advice: '自動的に再接続します。続く場合は管理者に連絡してください。',
    },
    'camera-password-refused': {
      title: 'カメラがパスワードを拒否しました',
      advice: 'このストリームのユーザー名とパスワードの修正を、ブリッジの管理者に依頼してください。',
    },
    'request-timeout': {
      title: 'カメラが応答しません',
      advice: '続く場合はカメラを再起動してください。',
    },
    unauthorized: {
      title: 'カメラがパスワードを拒否しました',
      advice: 'ユーザー名とパスワードを確認してください。映像用に別のアカウントを持つカメラもあります。',
    },
    forbidden: {
      title: 'このアカウントでは視聴できません',
      advice: 'カメラの設定で視聴権限を与えてください。',
    },
    'not-found': {
      title: 'カメラにこのパスのストリームはありません',
      advice: 'カメラの説明書でパスを確認してください。',
    },
    'not-enough-bandwidth': {
      title: 'カメラの接続数が上限に達しています',
      advice: 'ほかのプレーヤーを閉じるか、ブリッジで接続を共有してください。',
    },
    'server-error': {
      title: 'カメラに問題があります',
      advice: '続く場合はカメラを再起動してください。',
    },
    'no-playable-track': {
      title: '再生できる映像がありません',
      advice: 'カメラをH.264に設定してください。',
    },
    'codec-unsupported': {
      title: 'このブラウザーでは再生できないコーデックです',
      advice: 'カメラをH.264に設定するか、別のブラウザーをお使いください。',
    },
    'media-source-unsupported': {
      title: 'このブラウザーはライブ映像に対応していません',
      advice: '最新のChrome、Edge、Firefox、Safariをお使いください。',
    },
    'part-not-loaded': {
      title: 'プレーヤーの一部を読み込めませんでした',
      advice: 'パッケージのファイルがすべて配信されているか確認し、ページを再読み込みしてください。',
    },
    'decode-failed': {
      title: 'ブラウザーが映像をデコードできませんでした',
      advice: '自動的にやり直します。',
    },
    'no-media': {
      title: 'カメラから映像が届きません',
      advice: 'エンコーダーの設定と、同時視聴数の上限を確認してください。',
    },
  },
}
