import type { ReactiveController, ReactiveControllerHost } from 'lit'
import { createMediaStore, type MediaState, type MediaStore } from 'media-chrome/media-store/media-store.js'
import { stateMediator } from 'media-chrome/media-store/state-mediator.js'
import type { ControlledPlayer } from './controlled-player.ts'

/** What people ask for by buttons and keys: media-chrome's names. */
export type MediaRequest =
  | 'mediaplayrequest'
  | 'mediapauserequest'
  | 'mediamuterequest'
  | 'mediaunmuterequest'
  | 'mediavolumerequest'
  | 'mediaseekrequest'
  | 'mediaplaybackraterequest'
  | 'mediaenterfullscreenrequest'
  | 'mediaexitfullscreenrequest'
  | 'mediaenterpiprequest'
  | 'mediaexitpiprequest'

/** The player remembers nothing of a person by itself: pages do, where they want to. */
const OPTIONS = { noVolumePref: true, noMutedPref: true, noSubtitlesLangPref: true, noAutoSeekToLive: true }

/** The store takes no request of a media element with an error: only another source helps that. A player plays again. */
const STATE_MEDIATOR: typeof stateMediator = {
  ...stateMediator,
  // The types forget that most often there is none.
  mediaErrorCode: { get: () => undefined as unknown as number },
}

/**
 * The state of a player as controls need it, and requests to change it: media-chrome's media store, which knows what
 * browsers differ in (full screen, picture-in-picture, volume on iOS). Its elements are not used: they bring style sheets
 * and markup as text, which `style-src 'self'` and Trusted Types refuse, and speak one language a page.
 */
export class MediaStateController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #player: ControlledPlayer | undefined
  #store: MediaStore | undefined
  #unsubscribe: (() => void) | undefined
  #isConnected = false

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  get state(): Partial<MediaState> {
    return this.#store?.getState() ?? {}
  }

  set player(player: ControlledPlayer | undefined) {
    if (player === this.#player) return
    this.#unwatch()
    this.#player = player
    this.#store =
      player &&
      createMediaStore({
        media: player,
        fullscreenElement: player,
        documentElement: document,
        stateMediator: STATE_MEDIATOR,
        options: OPTIONS,
      })
    if (this.#isConnected) this.#watch()
  }

  /** @param detail seconds, a volume from 0 to 1, or a rate */
  request(type: MediaRequest, detail?: number): void {
    this.#store?.dispatch({ type, detail })
  }

  hostConnected(): void {
    this.#isConnected = true
    this.#watch()
  }

  hostDisconnected(): void {
    this.#isConnected = false
    this.#unwatch()
  }

  /** The store listens to the player as long as somebody listens to it. */
  #watch(): void {
    this.#unsubscribe ??= this.#store?.subscribe(() => this.#host.requestUpdate())
  }

  #unwatch(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }
}
