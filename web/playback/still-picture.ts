/** Keeps the last picture on the screen, on a canvas above the video, while the video is given another source. */
export class StillPicture {
  readonly #video: HTMLVideoElement
  readonly #canvas: HTMLCanvasElement

  constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement) {
    this.#video = video
    this.#canvas = canvas
  }

  hold(): void {
    const { videoWidth, videoHeight, readyState } = this.#video
    if (videoWidth === 0 || readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !this.#canvas.hidden) return
    this.#canvas.width = videoWidth
    this.#canvas.height = videoHeight
    this.#canvas.getContext('2d')?.drawImage(this.#video, 0, 0)
    this.#canvas.hidden = false
  }

  release(): void {
    if (this.#canvas.hidden) return
    this.#canvas.hidden = true
    // Gives its memory back.
    this.#canvas.width = 0
  }
}
