/**
 * Which tiles play during a turn. The one that is looked at always does; the others share what is left, so that after as
 * many turns as there are tiles each has played as often.
 *
 * @param favoured the one that is looked at, if any
 * @param turn counted from 0
 */
export function playingInTurn<T>(tiles: readonly T[], playing: number, favoured: T | undefined, turn: number): Set<T> {
  if (playing >= tiles.length) return new Set(tiles)
  const isThere = favoured !== undefined && tiles.includes(favoured)
  const others = isThere ? tiles.filter((tile) => tile !== favoured) : tiles
  const chosen = new Set<T>(isThere ? [favoured] : [])
  const places = playing - chosen.size
  for (let place = 0; place < places; place++) {
    const tile = others[(turn * places + place) % others.length]
    if (tile !== undefined) chosen.add(tile)
  }
  return chosen
}
