/** Keeps the last picture on the screen, on a canvas above the others, while what showed it is given another source. */
export class StillPicture {
  readonly #canvas: HTMLCanvasElement

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
  }

  /** @param source what shows the picture now */
  hold(source: HTMLVideoElement | HTMLCanvasElement): void {
    const { width, height } = pictureSize(source)
    if (width === 0 || !this.#canvas.hidden) return
    this.#canvas.width = width
    this.#canvas.height = height
    this.#canvas.getContext('2d')?.drawImage(source, 0, 0)
    this.#canvas.hidden = false
  }

  release(): void {
    if (this.#canvas.hidden) return
    this.#canvas.hidden = true
    // Gives its memory back.
    this.#canvas.width = 0
  }
}

/** Pixels of what can be drawn; 0 where there is no picture. */
export function pictureSize(source: HTMLVideoElement | HTMLCanvasElement) {
  if (source instanceof HTMLCanvasElement) return source
  const isThere = source.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
  return isThere ? { width: source.videoWidth, height: source.videoHeight } : { width: 0, height: 0 }
}
