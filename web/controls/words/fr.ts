import type { Words } from './words.ts'

export const words: Words = {
  language: 'fr',
  status: {
    connecting: 'Connexion…',
    waitingForKeyframe: 'En attente de l’image…',
    reconnecting: 'Reconnexion…',
    reconnectingIn: 'Nouvelle tentative dans {time}',
    stalled: 'L’image est figée',
    stale: 'L’image date d’il y a {age}',
    ended: 'Le flux est terminé',
    autoplayBlocked: 'Le navigateur attend un clic avant de lire',
    soundOnly: 'Son seul : il n’y a pas d’image',
    slow: 'C’est plus long que d’habitude.',
    play: 'Lire',
    playAgain: 'Lire à nouveau',
    retry: 'Réessayer',
    details: 'Détails',
  },
  controls: {
    controls: 'Commandes du lecteur',
    play: 'Lire',
    pause: 'Pause',
    live: 'Direct',
    goLive: 'Revenir au direct',
    delay: 'Retard {time}',
    mute: 'Couper le son',
    unmute: 'Rétablir le son',
    volume: 'Volume',
    seek: 'Position',
    position: '{position} sur {duration}',
    fullScreen: 'Plein écran',
    exitFullScreen: 'Quitter le plein écran',
    pictureInPicture: 'Image dans l’image',
    exitPictureInPicture: 'Quitter l’image dans l’image',
    snapshot: 'Enregistrer une photo',
    record: 'Enregistrer',
    stopRecording: 'Arrêter l’enregistrement',
    saveLast: 'Enregistrer le passé : {time}',
    more: 'Plus',
    quality: 'Qualité',
    mainStream: 'Pleine',
    subStream: 'Réduite',
    zoom: 'Zoom',
    zoomIn: 'Agrandir',
    zoomOut: 'Réduire',
    resetView: 'Réinitialiser la vue',
    moveLeft: 'Vers la gauche',
    moveRight: 'Vers la droite',
    moveUp: 'Vers le haut',
    moveDown: 'Vers le bas',
    rotate: 'Pivoter de 90°',
    fit: 'Ajustement',
    contain: 'Entière',
    cover: 'Rognée',
    fill: 'Étirée',
    speed: 'Vitesse',
    statistics: 'Statistiques',
    snapshotSaved: 'La photo est enregistrée',
    recordingStarted: 'Enregistrement en cours',
    recordingSaved: 'L’enregistrement est sauvegardé',
    didNotWork: 'Cela n’a pas marché : {reason}',
  },
  doctor: {
    title: 'Détails',
    withoutSecrets: 'Pour la personne qui vous aide. Ni mot de passe ni ticket n’y figurent.',
    copy: 'Copier',
    copied: 'Copié',
    close: 'Fermer',
  },
  errors: {
    'invalid-url': {
      title: 'L’adresse de la caméra est illisible',
      advice: 'Écrivez rtsp://hôte[:port]/chemin, ou le nom d’un flux de la passerelle.',
    },
    'host-not-found': {
      title: 'La caméra est introuvable',
      advice: 'Vérifiez l’orthographe du nom d’hôte, et le DNS de la machine qui appelle.',
    },
    'connection-refused': {
      title: 'La caméra refuse la connexion',
      advice: 'Vérifiez l’adresse et le port, que la caméra est allumée, et que RTSP y est activé.',
    },
    'connection-timeout': {
      title: 'La caméra est injoignable',
      advice: 'Vérifiez que la caméra est allumée et qu’aucun pare-feu ne la sépare de la passerelle.',
    },
    'connection-lost': {
      title: 'La connexion est coupée',
      advice: 'Le lecteur réessaie de lui-même.',
    },
    'tls-failed': {
      title: 'Pas de connexion sécurisée avec la caméra',
      advice: 'Vérifiez que le port parle TLS (rtsps, souvent 322) et que le certificat de la caméra est reconnu.',
    },
    'not-rtsp': {
      title: 'Ce qui répond ici n’est pas une caméra',
      advice:
        'Les caméras utilisent le plus souvent le port 554 ; 80 et 8080 sont des pages web. S’il s’agit du service vidéo : vérifiez l’attribut « bridge » et que le proxy transmet les WebSockets à rtsp-bridge.',
    },
    'bridge-unreachable': {
      title: 'Le service vidéo est injoignable',
      advice:
        'Vérifiez que rtsp-bridge fonctionne et que la page peut ouvrir des WebSockets vers lui (adresse, proxy, CSP connect-src).',
    },
    'ticket-required': {
      title: 'Accès refusé : le ticket manque ou a expiré',
      advice: 'Rechargez la page, ou reconnectez-vous au portail.',
    },
    'origin-not-allowed': {
      title: 'Le service vidéo n’admet pas ce site',
      advice: 'Demandez à l’exploitant de la passerelle de l’ajouter à « origins ».',
    },
    'target-not-allowed': {
      title: 'Cette adresse n’est pas autorisée ici',
      advice: 'Demandez à l’exploitant de la passerelle de l’autoriser : rtsp-bridge serve --allow HOST:PORT.',
    },
    'stream-not-found': {
      title: 'Ce flux n’existe pas',
      advice: 'Comparez le nom avec les flux proposés.',
    },
    'bridge-too-many': {
      title: 'Le nombre de spectateurs est atteint',
      advice: 'Fermez d’autres lecteurs, ou réessayez plus tard.',
    },
    'bridge-draining': {
      title: 'Le service vidéo redémarre',
      advice: 'Le lecteur réessaie de lui-même.',
    },
    'bridge-failed': {
      title: 'Le service vidéo a un problème',
      advice: 'Le lecteur réessaie de lui-même. Prévenez l’exploitant si cela dure.',
    },
    'camera-password-refused': {
      title: 'La caméra refuse le mot de passe',
      advice: 'Demandez à l’exploitant de la passerelle de corriger le nom et le mot de passe de ce flux.',
    },
    'request-timeout': {
      title: 'La caméra ne répond pas',
      advice: 'Redémarrez la caméra si cela dure.',
    },
    unauthorized: {
      title: 'La caméra refuse le mot de passe',
      advice: 'Vérifiez le nom et le mot de passe. Certaines caméras ont des comptes à part pour la vidéo.',
    },
    forbidden: {
      title: 'Ce compte ne peut pas voir ce flux',
      advice: 'Donnez-lui ce droit dans les réglages de la caméra.',
    },
    'not-found': {
      title: 'La caméra n’a pas de flux à ce chemin',
      advice: 'Cherchez le chemin dans le manuel de la caméra.',
    },
    'not-enough-bandwidth': {
      title: 'La caméra sert déjà autant de spectateurs qu’elle peut',
      advice: 'Fermez d’autres lecteurs, ou partagez une connexion par la passerelle.',
    },
    'server-error': {
      title: 'La caméra a un problème',
      advice: 'Redémarrez la caméra si cela dure.',
    },
    'no-playable-track': {
      title: 'Rien dans ce flux ne peut être lu ici',
      advice: 'Réglez la caméra sur H.264.',
    },
    'codec-unsupported': {
      title: 'Ce navigateur ne lit pas ce codec',
      advice: 'Réglez la caméra sur H.264, ou prenez un autre navigateur.',
    },
    'media-source-unsupported': {
      title: 'Ce navigateur est trop ancien pour la vidéo en direct',
      advice: 'Prenez un Chrome, Edge, Firefox ou Safari à jour.',
    },
    'part-not-loaded': {
      title: 'Une partie du lecteur n’a pas été chargée',
      advice: 'Vérifiez que tous les fichiers du paquet sont servis, puis rechargez la page.',
    },
    'decode-failed': {
      title: 'Le navigateur n’a pas pu décoder l’image',
      advice: 'Le lecteur recommence le flux.',
    },
    'no-media': {
      title: 'La caméra n’envoie pas d’image',
      advice: 'Vérifiez les réglages de son encodeur et le nombre de spectateurs permis.',
    },
  },
}
