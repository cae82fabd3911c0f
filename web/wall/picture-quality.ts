/** A picture has to be by so much larger for the main stream than it had to be small for the other, or it would flutter. */
const HYSTERESIS = 1.15

/**
 * Whether a tile needs no more than the camera's smaller stream.
 *
 * @param width of the picture on the screen, in device pixels
 * @param below device pixels below which the smaller stream is enough
 * @param isSmall what the tile has now; undefined where it has nothing yet
 */
export function needsOnlySubstream(width: number, below: number, isSmall: boolean | undefined): boolean {
  return isSmall === true ? width < below * HYSTERESIS : width < below
}
