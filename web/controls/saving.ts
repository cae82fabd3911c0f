import type { RecordedFile } from '../recording/player-recorder.ts'
import type { ControlledPlayer } from './controlled-player.ts'
import { isLiveStream } from './controls-model.ts'
import type { ControlsWords } from './words/words.ts'

export const hasPicture = ({ videoWidth }: ControlledPlayer): boolean => videoWidth > 0

/** Recorded footage is recorded already. */
export const canRecord = (player: ControlledPlayer): boolean => hasPicture(player) && isLiveStream(player)

/** The player keeps what came last, for those who saw it too late. */
export const canSaveLast = (player: ControlledPlayer): boolean => player.keep > 0 && canRecord(player)

/** `lobby-2026-11-23-08-15-02.png`: no character that a file system would refuse. */
export function fileName(src: string, at: Date, extension: string): string {
  const name = (src.includes('://') ? 'camera' : src).replace(/[^\p{L}\p{N}.-]+/gu, '-')
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())]
  const time = [two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())]
  return `${[name, ...day, ...time].join('-')}.${extension}`
}

/** Hands a file to the browser, which puts it where downloads go. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // Not at once: the browser has to begin with it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** Snapshots and recordings that people make by the controls: they become downloads. */
export class PlayerFiles {
  readonly #player: ControlledPlayer
  readonly #words: () => ControlsWords
  readonly #say: (sentence: string) => void
  /** The stream that is recorded, where it was begun here: then it is saved from here. `src` may be another by then. */
  #recorded: string | undefined

  /** @param say tells people what was done */
  constructor(player: ControlledPlayer, words: () => ControlsWords, say: (sentence: string) => void) {
    this.#player = player
    this.#words = words
    this.#say = say
    player.addEventListener('recordingstop', this.#onRecordingStop)
  }

  close(): void {
    this.#player.removeEventListener('recordingstop', this.#onRecordingStop)
  }

  /** Each: false where there is nothing to save. */
  snapshot(): boolean {
    const player = this.#player
    if (!hasPicture(player)) return false
    player.captureFrame().then(({ blob, wallClock = new Date() }) => {
      if (blob) download(blob, fileName(player.src, wallClock, 'png'))
      this.#say(this.#words().snapshotSaved)
    }, this.#failed)
    return true
  }

  record(): boolean {
    const player = this.#player
    if (!canRecord(player)) return false
    // The file comes by `recordingstop`, since recordings end by themselves, too.
    if (player.recording) player.stopRecording().catch(this.#failed)
    else {
      this.#recorded = player.src
      player.startRecording().then(
        () => this.#say(this.#words().recordingStarted),
        (cause: unknown) => {
          this.#recorded = undefined
          this.#failed(cause)
        },
      )
    }
    return true
  }

  saveLast(): boolean {
    const player = this.#player
    if (!canSaveLast(player)) return false
    const { src } = player
    player.saveLast(player.keep).then((file) => this.#save(file, src), this.#failed)
    return true
  }

  readonly #onRecordingStop = (event: Event): void => {
    const recorded = this.#recorded
    this.#recorded = undefined
    if (recorded !== undefined && event instanceof CustomEvent) this.#save(event.detail, recorded)
  }

  readonly #failed = (cause: unknown): void => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    this.#say(this.#words().didNotWork.replace('{reason}', reason))
  }

  #save({ blob, begins }: RecordedFile, src: string): void {
    if (blob) download(blob, fileName(src, begins, 'mp4'))
    this.#say(this.#words().recordingSaved)
  }
}
