import { ProtocolError } from '../protocol/errors.ts'
import { partNotLoaded } from './playback/part-not-loaded.ts'
import type { CapturedBitmap, CapturedFile, CaptureOptions } from './recording/captured-frame.ts'
import type { PlayerRecorder, RecordedFile, RecordingOptions } from './recording/player-recorder.ts'
import { RtspPlayerMedia } from './rtsp-player-media.ts'

/** What `<rtsp-player>` keeps of a stream: pictures and recordings. What does it is loaded on first use. */
export abstract class RtspPlayerRecording extends RtspPlayerMedia {
  #recorder: PlayerRecorder | undefined

  constructor() {
    super()
    this.addEventListener('statechange', () => this.#follow())
  }

  /** A recording is being written, or waits for its first keyframe. */
  get recording(): boolean {
    return this.#recorder?.isRecording ?? false
  }

  /**
   * The picture that is on the screen, in the size of the stream.
   *
   * @throws ProtocolError `no-picture`
   */
  captureFrame(options?: CaptureOptions & { readonly bitmap?: false | undefined }): Promise<CapturedFile>
  captureFrame(options: CaptureOptions & { readonly bitmap: true }): Promise<CapturedBitmap>
  async captureFrame(options?: CaptureOptions): Promise<CapturedFile | CapturedBitmap> {
    const { captureFrame } = await loaded(import('./recording/captured-frame.ts'))
    return captureFrame(this.picture, () => this.controller?.frames.last, options)
  }

  /**
   * Records what is received, as it is: pictures and sound, heard or not, as MP4. It begins with the next keyframe, and
   * with the one before where `keep` is set. Another connection to the same camera goes on in the same file.
   *
   * @returns settles when the first picture is recorded
   * @throws ProtocolError `no-picture`, `not-recordable`, `invalid-state` where it is recording already
   */
  async startRecording(options: RecordingOptions = {}): Promise<void> {
    await (await this.#load()).start(options)
  }

  /**
   * Ends the recording; the same as `recordingstop` tells. Of one that has ended by itself, that.
   *
   * @throws ProtocolError `nothing-recorded` where there was no keyframe yet, `invalid-state`
   */
  async stopRecording(): Promise<RecordedFile> {
    return (await this.#load()).stop()
  }

  /**
   * The last seconds, of those that are kept, and what it takes to begin with a keyframe. Also while it is recording, and
   * after a pause.
   *
   * @throws ProtocolError `nothing-recorded`, `not-recordable`
   */
  async saveLast(seconds: number): Promise<RecordedFile> {
    return (await this.#load()).save(seconds)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // An element that is only moved comes back within the same task.
    queueMicrotask(() => {
      if (this.isConnected) return
      this.#recorder?.close()
      this.#recorder = undefined
    })
  }

  /** The attribute `keep` is another. */
  protected keepChanged(): void {
    if (this.#recorder) this.#recorder.keep = this.keep
    else if (this.keep > 0 && this.controller?.hasSession) this.#load().catch(reportError)
  }

  #follow(): void {
    if (!this.controller?.hasSession && !this.isWanted) this.#recorder?.leave(this.state === 'idle')
    else if (this.#recorder) this.#recorder.attach()
    else this.keepChanged()
  }

  async #load(): Promise<PlayerRecorder> {
    const { PlayerRecorder } = await loaded(import('./recording/player-recorder.ts'))
    const { controller } = this
    if (!controller) throw new ProtocolError('no-picture', 'The player is not in a document')
    if (!this.#recorder) {
      this.#recorder = new PlayerRecorder(controller, {
        begun: (begins) => this.dispatchEvent(new CustomEvent('recordingstart', { detail: { begins } })),
        ended: (file) => this.dispatchEvent(new CustomEvent('recordingstop', { detail: file })),
      })
      this.#recorder.keep = this.keep
    }
    return this.#recorder
  }
}

const loaded = <T>(module: Promise<T>): Promise<T> =>
  module.catch((cause: unknown) => {
    throw partNotLoaded(cause)
  })
