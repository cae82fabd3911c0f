import type { Words } from './words.ts'

export const words: Words = {
  language: 'de',
  status: {
    connecting: 'Verbindung wird aufgebaut…',
    waitingForKeyframe: 'Warten auf das Bild…',
    reconnecting: 'Verbindung wird neu aufgebaut…',
    reconnectingIn: 'Neuer Versuch in {time}',
    stalled: 'Das Bild steht still',
    stale: 'Das Bild ist {age} alt',
    ended: 'Die Übertragung ist zu Ende',
    autoplayBlocked: 'Der Browser braucht einen Klick, bevor er abspielt',
    soundOnly: 'Nur Ton: Es gibt kein Bild',
    slow: 'Es dauert länger als üblich.',
    play: 'Abspielen',
    playAgain: 'Noch einmal abspielen',
    retry: 'Erneut versuchen',
    details: 'Einzelheiten',
  },
  controls: {
    controls: 'Steuerung',
    play: 'Abspielen',
    pause: 'Pause',
    live: 'Live',
    goLive: 'Zum Live-Bild',
    delay: 'Verzögerung {time}',
    mute: 'Ton aus',
    unmute: 'Ton an',
    volume: 'Lautstärke',
    seek: 'Stelle',
    position: '{position} von {duration}',
    fullScreen: 'Vollbild',
    exitFullScreen: 'Vollbild verlassen',
    pictureInPicture: 'Bild im Bild',
    exitPictureInPicture: 'Bild im Bild verlassen',
    snapshot: 'Standbild speichern',
    record: 'Aufnehmen',
    stopRecording: 'Aufnahme beenden',
    saveLast: 'Die letzten {time} speichern',
    more: 'Mehr',
    quality: 'Qualität',
    mainStream: 'Voll',
    subStream: 'Niedrig',
    zoom: 'Zoom',
    zoomIn: 'Vergrößern',
    zoomOut: 'Verkleinern',
    resetView: 'Ansicht zurücksetzen',
    moveLeft: 'Nach links',
    moveRight: 'Nach rechts',
    moveUp: 'Nach oben',
    moveDown: 'Nach unten',
    rotate: 'Um 90° drehen',
    fit: 'Einpassen',
    contain: 'Ganz',
    cover: 'Beschnitten',
    fill: 'Gestreckt',
    speed: 'Tempo',
    statistics: 'Messwerte',
    snapshotSaved: 'Das Standbild wurde gespeichert',
    recordingStarted: 'Aufnahme läuft',
    recordingSaved: 'Die Aufnahme wurde gespeichert',
    didNotWork: 'Das hat nicht geklappt: {reason}',
  },
  doctor: {
    title: 'Einzelheiten',
    withoutSecrets: 'Für alle, die Ihnen helfen. Passwörter und Tickets stehen nicht darin.',
    copy: 'Kopieren',
    copied: 'Kopiert',
    close: 'Schließen',
  },
  errors: {
    'invalid-url': {
      title: 'Die Adresse der Kamera ist nicht lesbar',
      advice: 'Schreiben Sie rtsp://host[:port]/pfad, oder den Namen eines Streams der Bridge.',
    },
    'host-not-found': {
      title: 'Die Kamera wurde nicht gefunden',
      advice: 'Prüfen Sie den Namen des Geräts auf Tippfehler, und das DNS des Rechners, der sie anruft.',
    },
    'connection-refused': {
      title: 'Die Kamera nimmt keine Verbindung an',
      advice: 'Prüfen Sie Adresse und Port, ob die Kamera eingeschaltet ist, und ob RTSP in ihr aktiviert ist.',
    },
    'connection-timeout': {
      title: 'Die Kamera ist nicht erreichbar',
      advice: 'Prüfen Sie, ob die Kamera eingeschaltet ist und keine Firewall dazwischen liegt.',
    },
    'connection-lost': {
      title: 'Die Verbindung ist abgebrochen',
      advice: 'Der Player versucht es von selbst wieder.',
    },
    'tls-failed': {
      title: 'Keine gesicherte Verbindung zur Kamera',
      advice: 'Prüfen Sie, ob der Port TLS spricht (rtsps, meist 322) und ob dem Zertifikat der Kamera vertraut wird.',
    },
    'not-rtsp': {
      title: 'Was hier antwortet, ist keine Kamera',
      advice:
        'Kameras nutzen meist Port 554; 80 und 8080 sind Webseiten. Geht es um den Videodienst: Prüfen Sie das Attribut „bridge“ und ob ein Proxy WebSockets an rtsp-bridge weiterreicht.',
    },
    'bridge-unreachable': {
      title: 'Der Videodienst ist nicht erreichbar',
      advice:
        'Prüfen Sie, ob rtsp-bridge läuft und ob die Seite WebSockets dorthin öffnen darf (Adresse, Proxy, CSP connect-src).',
    },
    'ticket-required': {
      title: 'Kein Zugang: Das Ticket fehlt oder ist abgelaufen',
      advice: 'Laden Sie die Seite neu, oder melden Sie sich am Portal neu an.',
    },
    'origin-not-allowed': {
      title: 'Der Videodienst lässt diese Website nicht zu',
      advice: 'Bitten Sie, wer die Bridge betreibt, sie in „origins“ einzutragen.',
    },
    'target-not-allowed': {
      title: 'Diese Adresse ist hier nicht erlaubt',
      advice: 'Bitten Sie, wer die Bridge betreibt, sie freizugeben: rtsp-bridge serve --allow HOST:PORT.',
    },
    'stream-not-found': {
      title: 'Diesen Stream gibt es nicht',
      advice: 'Vergleichen Sie den Namen mit den Streams, die es gibt.',
    },
    'bridge-too-many': {
      title: 'Es schauen schon so viele zu, wie dürfen',
      advice: 'Schließen Sie andere Player, oder versuchen Sie es später.',
    },
    'bridge-draining': {
      title: 'Der Videodienst wird neu gestartet',
      advice: 'Der Player versucht es von selbst wieder.',
    },
    'bridge-failed': {
      title: 'Der Videodienst hat eine Störung',
      advice: 'Der Player versucht es von selbst wieder. Sagen Sie dem Betreiber Bescheid, wenn es dabei bleibt.',
    },
    'camera-password-refused': {
      title: 'Die Kamera lehnt das Passwort ab',
      advice: 'Bitten Sie, wer die Bridge betreibt, Benutzer und Passwort dieses Streams zu berichtigen.',
    },
    'request-timeout': {
      title: 'Die Kamera antwortet nicht',
      advice: 'Starten Sie die Kamera neu, wenn es dabei bleibt.',
    },
    unauthorized: {
      title: 'Die Kamera lehnt das Passwort ab',
      advice: 'Prüfen Sie Benutzer und Passwort. Manche Kameras haben eigene Konten für Video.',
    },
    forbidden: {
      title: 'Dieses Konto darf den Stream nicht sehen',
      advice: 'Geben Sie ihm in den Einstellungen der Kamera das Recht dazu.',
    },
    'not-found': {
      title: 'Die Kamera hat keinen Stream mit diesem Pfad',
      advice: 'Schlagen Sie den Pfad im Handbuch der Kamera nach.',
    },
    'not-enough-bandwidth': {
      title: 'Die Kamera bedient schon so viele, wie sie kann',
      advice: 'Schließen Sie andere Player, oder teilen Sie eine Verbindung über die Bridge.',
    },
    'server-error': {
      title: 'Die Kamera hat eine Störung',
      advice: 'Starten Sie die Kamera neu, wenn es dabei bleibt.',
    },
    'no-playable-track': {
      title: 'In diesem Stream ist nichts, was sich hier abspielen lässt',
      advice: 'Stellen Sie die Kamera auf H.264 ein.',
    },
    'codec-unsupported': {
      title: 'Dieser Browser kann den Codec nicht abspielen',
      advice: 'Stellen Sie die Kamera auf H.264 ein, oder nehmen Sie einen anderen Browser.',
    },
    'media-source-unsupported': {
      title: 'Dieser Browser ist zu alt für Live-Video',
      advice: 'Nehmen Sie einen aktuellen Chrome, Edge, Firefox oder Safari.',
    },
    'part-not-loaded': {
      title: 'Ein Teil des Players wurde nicht geladen',
      advice: 'Prüfen Sie, ob alle Dateien des Pakets ausgeliefert werden, und laden Sie die Seite neu.',
    },
    'decode-failed': {
      title: 'Der Browser konnte das Bild nicht dekodieren',
      advice: 'Der Player beginnt den Stream neu.',
    },
    'no-media': {
      title: 'Die Kamera sendet kein Bild',
      advice: 'Prüfen Sie ihre Encoder-Einstellungen und wie viele Zuschauer sie erlaubt.',
    },
  },
}
