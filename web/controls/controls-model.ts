import type { MediaState } from 'media-chrome/media-store/media-store.js'
import type { ControlledPlayer } from './controlled-player.ts'
import type { PictureView } from './picture/picture-view.ts'
import type { Shortcut } from './shortcuts.ts'
import type { ControlsWords } from './words/words.ts'

/** What a button does: keys have the same. */
export type Action = Shortcut | 'more' | 'save-last' | 'move-left' | 'move-right' | 'move-up' | 'move-down'

/** What the parts of the controls show, and what they may ask for. */
export interface ControlsModel {
  readonly player: ControlledPlayer
  readonly media: Partial<MediaState>
  readonly view: PictureView
  readonly words: ControlsWords
  /** On the button that shows them; the status has the same. */
  readonly detailsWord: string
  /** BCP 47 tag. */
  readonly language: string
  readonly showsPanel: boolean
  /** How long the recording is; undefined where there is none, or where it began before these controls. */
  readonly recordedSeconds: number | undefined
  readonly perform: (action: Action) => void
  readonly seek: (seconds: number) => void
  readonly setVolume: (volume: number) => void
  readonly setRate: (rate: number) => void
  readonly setView: (view: PictureView) => void
  readonly setSubstream: (isSubstream: boolean) => void
}

/** Where a recording, or a live stream with time-shift, can be sought in. */
export function seekableSpan({ seekable }: ControlledPlayer): readonly [start: number, end: number] | undefined {
  if (!seekable || seekable.length === 0) return undefined
  const [start, end] = [seekable.start(0), seekable.end(seekable.length - 1)]
  return end > start && Number.isFinite(end) ? [start, end] : undefined
}

export const isLiveStream = ({ duration }: ControlledPlayer): boolean => !Number.isFinite(duration)

/** A place behind the end by so many seconds is not the present. */
const PRESENT_SECONDS = 3

/** Whether the present is on the screen. */
export function isAtEdge(player: ControlledPlayer): boolean {
  if (player.state !== 'playing' || !isLiveStream(player)) return false
  const span = seekableSpan(player)
  return span === undefined || span[1] - player.currentTime < PRESENT_SECONDS
}

/** Milliseconds from the camera to the screen, as far as it is known; how old the picture is where it stands still. */
export function delayOf({ statistics }: ControlledPlayer): number | undefined {
  if (!statistics) return undefined
  const { stale, frameAge, captureDelay, delay } = statistics
  return stale ? frameAge : (captureDelay ?? delay)
}

export function delayInWords(delay: number, language: string): string {
  const inSeconds = delay >= 1_000
  const format = { style: 'unit', unitDisplay: 'short', maximumFractionDigits: inSeconds ? 1 : 0 } as const
  return new Intl.NumberFormat(language, { ...format, unit: inSeconds ? 'second' : 'millisecond' }).format(
    inSeconds ? delay / 1_000 : delay,
  )
}

/** `4:05`, `1:02:03`. @param seconds what is before the first is the first */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds) || 0)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
