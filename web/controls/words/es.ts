import type { Words } from './words.ts'

export const words: Words = {
  language: 'es',
  status: {
    connecting: 'Conectando…',
    waitingForKeyframe: 'Esperando la imagen…',
    reconnecting: 'Conectando de nuevo…',
    reconnectingIn: 'Nuevo intento en {time}',
    stalled: 'La imagen está detenida',
    stale: 'La imagen es de hace {age}',
    ended: 'La transmisión ha terminado',
    autoplayBlocked: 'El navegador necesita un clic antes de reproducir',
    soundOnly: 'Solo sonido: no hay imagen',
    slow: 'Tarda más de lo normal.',
    play: 'Reproducir',
    playAgain: 'Reproducir otra vez',
    retry: 'Reintentar',
    details: 'Detalles',
  },
  controls: {
    controls: 'Controles del reproductor',
    play: 'Reproducir',
    pause: 'Pausa',
    live: 'En vivo',
    goLive: 'Ir a en vivo',
    delay: 'Retraso {time}',
    mute: 'Silenciar',
    unmute: 'Activar el sonido',
    volume: 'Volumen',
    seek: 'Posición',
    position: '{position} de {duration}',
    fullScreen: 'Pantalla completa',
    exitFullScreen: 'Salir de pantalla completa',
    pictureInPicture: 'Imagen en imagen',
    exitPictureInPicture: 'Salir de imagen en imagen',
    snapshot: 'Guardar una captura',
    record: 'Grabar',
    stopRecording: 'Detener la grabación',
    saveLast: 'Guardar lo último: {time}',
    more: 'Más',
    quality: 'Calidad',
    mainStream: 'Completa',
    subStream: 'Baja',
    zoom: 'Zoom',
    zoomIn: 'Acercar',
    zoomOut: 'Alejar',
    resetView: 'Restablecer la vista',
    moveLeft: 'Mover a la izquierda',
    moveRight: 'Mover a la derecha',
    moveUp: 'Mover arriba',
    moveDown: 'Mover abajo',
    rotate: 'Girar 90°',
    fit: 'Ajuste',
    contain: 'Entera',
    cover: 'Recortada',
    fill: 'Estirada',
    speed: 'Velocidad',
    statistics: 'Estadísticas',
    snapshotSaved: 'La captura se ha guardado',
    recordingStarted: 'Grabando',
    recordingSaved: 'La grabación se ha guardado',
    didNotWork: 'No ha funcionado: {reason}',
  },
  doctor: {
    title: 'Detalles',
    withoutSecrets: 'Para quien le ayude. No contiene contraseñas ni tickets.',
    copy: 'Copiar',
    copied: 'Copiado',
    close: 'Cerrar',
  },
  errors: {
    'invalid-url': {
      title: 'La dirección de la cámara no se puede leer',
      advice: 'Escriba rtsp://host[:puerto]/ruta, o el nombre de una transmisión del puente.',
    },
    'host-not-found': {
      title: 'No se encuentra la cámara',
      advice: 'Revise si el nombre del equipo está bien escrito, y el DNS de la máquina que llama.',
    },
    'connection-refused': {
      title: 'La cámara rechaza la conexión',
      advice: 'Revise la dirección y el puerto, que la cámara esté encendida y que tenga RTSP activado.',
    },
    'connection-timeout': {
      title: 'No se llega a la cámara',
      advice: 'Revise que la cámara esté encendida y que no haya un cortafuegos en medio.',
    },
    'connection-lost': {
      title: 'Se ha cortado la conexión',
      advice: 'El reproductor lo intenta de nuevo por sí mismo.',
    },
    'tls-failed': {
      title: 'No hay conexión segura con la cámara',
      advice:
        'Revise que el puerto hable TLS (rtsps, casi siempre 322) y que se confíe en el certificado de la cámara.',
    },
    'not-rtsp': {
      title: 'Lo que responde aquí no es una cámara',
      advice:
        'Las cámaras suelen usar el puerto 554; 80 y 8080 son páginas web. Si se trata del servicio de vídeo: compruebe el atributo «bridge» y que el proxy pase los WebSockets a rtsp-bridge.',
    },
    'bridge-unreachable': {
      title: 'No se llega al servicio de vídeo',
      advice:
        'Revise que rtsp-bridge funcione y que la página pueda abrir WebSockets hacia él (dirección, proxy, CSP connect-src).',
    },
    'ticket-required': {
      title: 'Sin acceso: falta el ticket o ha caducado',
      advice: 'Recargue la página, o entre de nuevo en el portal.',
    },
    'origin-not-allowed': {
      title: 'El servicio de vídeo no admite este sitio',
      advice: 'Pida a quien lleva el puente que lo añada a «origins».',
    },
    'target-not-allowed': {
      title: 'Esta dirección no está permitida aquí',
      advice: 'Pida a quien lleva el puente que la permita: rtsp-bridge serve --allow HOST:PORT.',
    },
    'stream-not-found': {
      title: 'Esta transmisión no existe',
      advice: 'Compare el nombre con las transmisiones que hay.',
    },
    'bridge-too-many': {
      title: 'Ya hay tantos espectadores como se permite',
      advice: 'Cierre otros reproductores, o inténtelo más tarde.',
    },
    'bridge-draining': {
      title: 'El servicio de vídeo se está reiniciando',
      advice: 'El reproductor lo intenta de nuevo por sí mismo.',
    },
    'bridge-failed': {
      title: 'El servicio de vídeo tiene un problema',
      advice: 'El reproductor lo intenta de nuevo por sí mismo. Avise a quien lo lleva si continúa.',
    },
    'camera-password-refused': {
      title: 'La cámara rechaza la contraseña',
      advice: 'Pida a quien lleva el puente que corrija el usuario y la contraseña de esta transmisión.',
    },
    'request-timeout': {
      title: 'La cámara no responde',
      advice: 'Reinicie la cámara si continúa.',
    },
    unauthorized: {
      title: 'La cámara rechaza la contraseña',
      advice: 'Revise el usuario y la contraseña. Algunas cámaras tienen cuentas aparte para el vídeo.',
    },
    forbidden: {
      title: 'Esta cuenta no puede ver la transmisión',
      advice: 'Dele el permiso en los ajustes de la cámara.',
    },
    'not-found': {
      title: 'La cámara no tiene una transmisión en esta ruta',
      advice: 'Busque la ruta en el manual de la cámara.',
    },
    'not-enough-bandwidth': {
      title: 'La cámara ya atiende a todos los que puede',
      advice: 'Cierre otros reproductores, o comparta una conexión por el puente.',
    },
    'server-error': {
      title: 'La cámara tiene un problema',
      advice: 'Reinicie la cámara si continúa.',
    },
    'no-playable-track': {
      title: 'En esta transmisión no hay nada que se pueda reproducir aquí',
      advice: 'Ponga la cámara en H.264.',
    },
    'codec-unsupported': {
      title: 'Este navegador no puede reproducir el códec',
      advice: 'Ponga la cámara en H.264, o use otro navegador.',
    },
    'media-source-unsupported': {
      title: 'Este navegador es demasiado antiguo para el vídeo en vivo',
      advice: 'Use un Chrome, Edge, Firefox o Safari actual.',
    },
    'part-not-loaded': {
      title: 'No se ha cargado una parte del reproductor',
      advice: 'Revise que se sirvan todos los archivos del paquete y recargue la página.',
    },
    'decode-failed': {
      title: 'El navegador no ha podido decodificar la imagen',
      advice: 'El reproductor empieza la transmisión de nuevo.',
    },
    'no-media': {
      title: 'La cámara no envía imagen',
      advice: 'Revise los ajustes de su codificador y cuántos espectadores permite.',
    },
  },
}
