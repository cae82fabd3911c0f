import type { ControlledPlayer } from './controlled-player.ts'
import { type Action, isAtEdge, isLiveStream, seekableSpan } from './controls-model.ts'
import type { MediaStateController } from './media-state.ts'
import type { PictureStage } from './picture/picture-stage.ts'
import {
  FITS,
  isZoomed,
  MOVE_STEP,
  moved,
  type PictureView,
  type Place,
  turned,
  WHOLE_PICTURE,
  ZOOM_STEP,
  zoomed,
} from './picture/picture-view.ts'
import type { PlayerFiles } from './saving.ts'

const SEEK_SECONDS = 5
const VOLUME_STEP = 0.05
const RATES = [0.25, 0.5, 1, 2, 4, 8]

const MOVES: Readonly<Record<'left' | 'right' | 'up' | 'down', Place>> = {
  // Looking to the left moves the picture to the right.
  left: { x: MOVE_STEP, y: 0 },
  right: { x: -MOVE_STEP, y: 0 },
  up: { x: 0, y: MOVE_STEP },
  down: { x: 0, y: -MOVE_STEP },
}

/** What buttons and keys do, the same for both. */
export class ControlActions {
  readonly #player: ControlledPlayer
  readonly #media: MediaStateController
  readonly #stage: PictureStage
  readonly #files: PlayerFiles

  constructor(player: ControlledPlayer, media: MediaStateController, stage: PictureStage, files: PlayerFiles) {
    this.#player = player
    this.#media = media
    this.#stage = stage
    this.#files = files
  }

  /** @returns false where there is nothing to do it to: a key is the page's then */
  perform(action: Exclude<Action, 'more' | 'details'>): boolean {
    const player = this.#player
    const media = this.#media.state
    const { view } = this.#stage
    const request: MediaStateController['request'] = (type, detail) => this.#media.request(type, detail)
    switch (action) {
      case 'play':
        request(player.paused ? 'mediaplayrequest' : 'mediapauserequest')
        return true
      case 'mute':
        request(media.mediaVolumeLevel === 'off' ? 'mediaunmuterequest' : 'mediamuterequest')
        return true
      case 'full-screen':
        request(media.mediaIsFullscreen ? 'mediaexitfullscreenrequest' : 'mediaenterfullscreenrequest')
        return true
      case 'picture-in-picture':
        request(media.mediaIsPip ? 'mediaexitpiprequest' : 'mediaenterpiprequest')
        return true
      case 'live':
        return this.#goLive()
      case 'statistics':
        player.stats = !player.stats
        return true
      case 'zoom-in':
        return this.#view(zoomed(view, ZOOM_STEP))
      case 'zoom-out':
        return this.#view(zoomed(view, 1 / ZOOM_STEP))
      case 'reset-view':
        return this.#view(WHOLE_PICTURE)
      case 'rotate':
        return this.#view(turned(view))
      case 'fit':
        return this.#view({ ...view, fit: FITS[(FITS.indexOf(view.fit ?? 'contain') + 1) % FITS.length] })
      case 'move-left':
      case 'move-right':
      case 'move-up':
      case 'move-down':
        return this.#view(moved(view, MOVES[action.slice(5) as keyof typeof MOVES]))
      case 'left':
      case 'right':
        if (isZoomed(view)) return this.#view(moved(view, MOVES[action]))
        return this.#seekTo(player.currentTime + (action === 'left' ? -SEEK_SECONDS : SEEK_SECONDS))
      case 'up':
      case 'down':
        if (isZoomed(view)) return this.#view(moved(view, MOVES[action]))
        request(
          'mediavolumerequest',
          within01((player.muted ? 0 : player.volume) + (action === 'up' ? 1 : -1) * VOLUME_STEP),
        )
        return true
      case 'start':
        return this.#seekTo(Number.NEGATIVE_INFINITY)
      case 'end':
        return isLiveStream(player) ? this.#goLive() : this.#seekTo(Number.POSITIVE_INFINITY)
      case 'slower':
      case 'faster': {
        if (isLiveStream(player) || !seekableSpan(player)) return false
        // The page may have set any, and the server may have chosen another.
        const { playbackRate: now } = player
        const next = action === 'faster' ? RATES.find((rate) => rate > now) : RATES.findLast((rate) => rate < now)
        if (next !== undefined) request('mediaplaybackraterequest', next)
        return true
      }
      case 'snapshot':
        return this.#files.snapshot()
      case 'record':
        return this.#files.record()
      case 'save-last':
        return this.#files.saveLast()
    }
  }

  #seekTo(seconds: number): boolean {
    const span = seekableSpan(this.#player)
    if (!span) return false
    this.#media.request('mediaseekrequest', Math.min(span[1], Math.max(span[0], seconds)))
    return true
  }

  #goLive(): boolean {
    if (isAtEdge(this.#player) || !isLiveStream(this.#player)) return false
    this.#player.goLive()
    return true
  }

  #view(view: PictureView): boolean {
    this.#stage.view = view
    return true
  }
}

const within01 = (value: number): number => Math.min(1, Math.max(0, value))
