import { html, type TemplateResult } from 'lit'

/** Outlines of 24 by 24. */
const OUTLINES = {
  play: 'M8 5v14l11-7z',
  pause: 'M7 5h3.5v14H7zM13.5 5H17v14h-3.5z',
  volume:
    'M4 9v6h4l5 4.5v-15L8 9zM15.5 8.2v7.6a4.5 4.5 0 0 0 0-7.6zM15.5 4.2v2a6.5 6.5 0 0 1 0 11.6v2a8.5 8.5 0 0 0 0-15.6z',
  muted:
    'M4 9v6h4l5 4.5v-15L8 9zM21.6 9.7l-1.3-1.3-2.3 2.3-2.3-2.3-1.3 1.3 2.3 2.3-2.3 2.3 1.3 1.3 2.3-2.3 2.3 2.3 1.3-1.3-2.3-2.3z',
  snapshot:
    'M9 4 7.6 6H4.5A1.5 1.5 0 0 0 3 7.5v10A1.5 1.5 0 0 0 4.5 19h15a1.5 1.5 0 0 0 1.5-1.5v-10A1.5 1.5 0 0 0 19.5 6h-3.1L15 4zm3 4.2a4.3 4.3 0 1 1 0 8.6 4.3 4.3 0 0 1 0-8.6zm0 1.9a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z',
  record: 'M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12z',
  stop: 'M7 7h10v10H7z',
  keep: 'M12 4a8 8 0 1 0 8 8h-2a6 6 0 1 1-6-6V9l5-4-5-4zM11 8h1.8v4.2l3 1.8-.9 1.5-3.9-2.3z',
  more: 'M12 4.5a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8zm0 5.6a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8zm0 5.6a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8z',
  pictureInPicture: 'M3 5h18v14H3zm2 2v10h14V7zm6 5h6v4h-6z',
  fullScreen: 'M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z',
  exitFullScreen: 'M8 4h2v6H4V8h4zm6 0h2v4h4v2h-6zM4 14h6v6H8v-4H4zm10 0h6v2h-4v4h-2z',
  plus: 'M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z',
  minus: 'M5 11h14v2H5z',
  left: 'M15 5l-7 7 7 7 1.5-1.5L11 12l5.5-5.5z',
  right: 'M9 5l7 7-7 7-1.5-1.5L13 12 7.5 6.5z',
  up: 'M5 15l7-7 7 7-1.5 1.5L12 11l-5.5 5.5z',
  down: 'M5 9l7 7 7-7-1.5-1.5L12 13 6.5 7.5z',
  rotate: 'M12 5V1.5L17 6l-5 4.5V7a5.5 5.5 0 1 0 5.5 5.5h2A7.5 7.5 0 1 1 12 5z',
  close: 'M6.4 5 5 6.4 10.6 12 5 17.6 6.4 19 12 13.4 17.6 19 19 17.6 13.4 12 19 6.4 17.6 5 12 10.6z',
} as const

export type IconName = keyof typeof OUTLINES

export const icon = (name: IconName): TemplateResult =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d=${OUTLINES[name]} /></svg>`
