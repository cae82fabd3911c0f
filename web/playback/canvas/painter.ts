type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D

/** Puts pictures onto a canvas, wherever it is. */
export interface Painter {
  /**
   * @param image belongs to the painter from here on
   * @param width as it is to be seen, in pixels
   */
  paint(image: VideoFrame | ImageBitmap, width: number, height: number): void
}

/** A canvas of the page or one whose drawing was handed to a worker. A lost context is got over by the next picture. */
export class CanvasPainter implements Painter {
  readonly #canvas: OffscreenCanvas | HTMLCanvasElement
  readonly #context: Context | null

  constructor(canvas: OffscreenCanvas | HTMLCanvasElement) {
    this.#canvas = canvas
    // Cameras send nothing to look through; without alpha there is nothing to blend.
    this.#context = canvas.getContext('2d', { alpha: false }) as Context | null
  }

  paint(image: VideoFrame | ImageBitmap, width: number, height: number): void {
    // Setting the size clears the canvas, even to the same.
    if (this.#canvas.width !== width) this.#canvas.width = width
    if (this.#canvas.height !== height) this.#canvas.height = height
    try {
      this.#context?.drawImage(image, 0, 0, width, height)
    } catch {
      // The context is lost, and the browser gives another.
    }
    image.close()
  }
}

/** Size as it is to be seen: as the media element does it, pixels that are not square are stretched and never squeezed. */
export function shownSize(width: number, height: number, pixelAspectRatio: number): { width: number; height: number } {
  if (pixelAspectRatio >= 1) return { width: Math.round(width * pixelAspectRatio), height }
  return { width, height: Math.round(height / pixelAspectRatio) }
}
