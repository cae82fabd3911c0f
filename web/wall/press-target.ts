const CONTROLS = 'button, input, select, textarea, a[href], summary, [role=slider], [role=button], [contenteditable]'

/** Whether an event met something that does something by itself, up to a tile: buttons, links, controls of a player. */
export function isInteractive(event: Event, tile: Element): boolean {
  for (const target of event.composedPath()) {
    if (target === tile) return false
    if (target instanceof Element && (target.matches(CONTROLS) || target.localName === 'rtsp-player-controls'))
      return true
  }
  return false
}
