/** What a wall says, by language. `{tile}` and `{place}` stand for what is inserted. */
export interface WallWords {
  readonly wall: string
  readonly tile: string
  readonly enlarge: string
  readonly back: string
  readonly soundOn: string
  readonly soundOff: string
  readonly waiting: string
  readonly keys: string
  readonly isFull: string
  readonly allTiles: string
  readonly moved: string
  readonly degraded: string
}

const ENGLISH: WallWords = {
  wall: 'Camera wall',
  tile: 'tile',
  enlarge: 'Enlarge {tile}',
  back: 'Show all tiles',
  soundOn: 'Sound of {tile} on',
  soundOff: 'Sound of {tile} off',
  waiting: 'Paused: takes turns',
  keys: 'Arrow keys: another tile. Enter: enlarge. Escape: all tiles. M: sound. Alt and arrow keys: move the tile.',
  isFull: '{tile} fills the wall',
  allTiles: 'All tiles',
  moved: '{tile} moved to place {place}',
  degraded: 'This computer cannot play all tiles at once: they take turns.',
}

const WORDS: Readonly<Record<string, WallWords>> = {
  en: ENGLISH,
  de: {
    wall: 'Kamerawand',
    tile: 'Kachel',
    enlarge: '{tile} vergrößern',
    back: 'Alle Kacheln zeigen',
    soundOn: 'Ton von {tile} einschalten',
    soundOff: 'Ton von {tile} ausschalten',
    waiting: 'Pausiert: im Wechsel',
    keys: 'Pfeiltasten: andere Kachel. Eingabe: vergrößern. Escape: alle Kacheln. M: Ton. Alt und Pfeiltasten: Kachel verschieben.',
    isFull: '{tile} füllt die Wand',
    allTiles: 'Alle Kacheln',
    moved: '{tile} ist jetzt an Platz {place}',
    degraded: 'Dieser Rechner kann nicht alle Kacheln zugleich abspielen: Sie wechseln sich ab.',
  },
  fr: {
    wall: 'Mur de caméras',
    tile: 'vignette',
    enlarge: 'Agrandir {tile}',
    back: 'Afficher toutes les vignettes',
    soundOn: 'Activer le son de {tile}',
    soundOff: 'Couper le son de {tile}',
    waiting: 'En pause : à tour de rôle',
    keys: 'Flèches : autre vignette. Entrée : agrandir. Échap : toutes les vignettes. M : son. Alt et flèches : déplacer la vignette.',
    isFull: '{tile} occupe tout le mur',
    allTiles: 'Toutes les vignettes',
    moved: '{tile} déplacée à la place {place}',
    degraded: 'Cet ordinateur ne peut pas tout lire à la fois : les vignettes jouent à tour de rôle.',
  },
  es: {
    wall: 'Mural de cámaras',
    tile: 'mosaico',
    enlarge: 'Ampliar {tile}',
    back: 'Mostrar todos los mosaicos',
    soundOn: 'Activar el sonido de {tile}',
    soundOff: 'Quitar el sonido de {tile}',
    waiting: 'En pausa: por turnos',
    keys: 'Flechas: otro mosaico. Intro: ampliar. Escape: todos los mosaicos. M: sonido. Alt y flechas: mover el mosaico.',
    isFull: '{tile} ocupa todo el mural',
    allTiles: 'Todos los mosaicos',
    moved: '{tile} movido al lugar {place}',
    degraded: 'Este equipo no puede reproducir todos los mosaicos a la vez: se turnan.',
  },
  ja: {
    wall: 'カメラウォール',
    tile: 'タイル',
    enlarge: '{tile} を拡大',
    back: 'すべてのタイルを表示',
    soundOn: '{tile} の音声をオン',
    soundOff: '{tile} の音声をオフ',
    waiting: '一時停止中：順番に再生',
    keys: '矢印キー：別のタイル。Enter：拡大。Escape：すべてのタイル。M：音声。Alt と矢印キー：タイルを移動。',
    isFull: '{tile} を全面に表示しています',
    allTiles: 'すべてのタイル',
    moved: '{tile} を {place} 番目に移動しました',
    degraded: 'このコンピューターではすべてを同時に再生できないため、順番に再生します。',
  },
  zh: {
    wall: '摄像机墙',
    tile: '画面',
    enlarge: '放大 {tile}',
    back: '显示所有画面',
    soundOn: '打开 {tile} 的声音',
    soundOff: '关闭 {tile} 的声音',
    waiting: '已暂停：轮流播放',
    keys: '方向键：其他画面。回车：放大。Esc：所有画面。M：声音。Alt 加方向键：移动画面。',
    isFull: '{tile} 已占满整面墙',
    allTiles: '所有画面',
    moved: '{tile} 已移到第 {place} 位',
    degraded: '此计算机无法同时播放所有画面，因此轮流播放。',
  },
}

/** @param language BCP 47, such as that of the attribute `lang`; English where there are no words of it */
export function wallWords(language: string): WallWords {
  const name = language.toLowerCase().split('-')[0] ?? ''
  return (Object.hasOwn(WORDS, name) && WORDS[name]) || ENGLISH
}

/** A sentence with a name in it. */
export const sentence = (words: string, tile: string, place = ''): string =>
  // By functions: `$` in a name means nothing.
  words.replace('{tile}', () => tile).replace('{place}', () => place)
