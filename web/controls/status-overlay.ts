import { html, nothing, type TemplateResult } from 'lit'
import type { PlayerState } from '../playback/player-state.ts'

export interface StatusOverlayOptions {
  readonly state: PlayerState
  /** How old the picture is, in words, where it is stale. */
  readonly age: string | undefined
  /** The element has a `src`: there is something to play. */
  readonly hasSource: boolean
  /** The element brings its own play button. */
  readonly hasControls: boolean
  readonly play: () => void
}

/**
 * What lies above the picture while it is not live: what is going on, and what to do about it. The live regions are
 * always there and only their content changes, or screen readers would not read it.
 */
export function statusOverlay(options: StatusOverlayOptions): TemplateResult {
  const { state } = options
  return html`
    <div part="overlay" class="overlay ${state.name}">
      ${options.age === undefined ? nothing : html`<p part="stale" class="stale">Picture is ${options.age} old</p>`}
      <div role="status" class="status">${statusText(state)}</div>
      <div role="alert" class="alert">${state.name === 'failed' ? failure(state.error, options.play) : nothing}</div>
      ${playButton(options)}
    </div>
  `
}

function statusText(state: PlayerState): TemplateResult | typeof nothing {
  switch (state.name) {
    case 'connecting':
      return busy('Connecting')
    case 'waiting-for-keyframe':
      return busy('Waiting for the picture')
    case 'reconnecting':
      return html`${busy('Reconnecting')}<p class="detail">${state.error.message}</p>`
    case 'stalled':
      return html`<p class="hidden-visually">The picture stands still</p>`
    case 'ended':
      return html`<p>The stream has ended</p>`
    case 'autoplay-blocked':
      return html`<p class="hidden-visually">The browser wants a click before it plays</p>`
    case 'idle':
    case 'playing':
    case 'paused':
    case 'failed':
      return nothing
  }
}

const busy = (text: string): TemplateResult => html`<p><span class="spinner" aria-hidden="true"></span>${text}…</p>`

const failure = (error: { message: string; advice: string }, retry: () => void): TemplateResult => html`
  <div part="error" class="failure">
    <p class="message">${error.message}</p>
    <p class="advice">${error.advice}</p>
    <button part="retry-button" class="retry" type="button" @click=${retry}>Try again</button>
  </div>
`

function playButton({ state, hasSource, hasControls, play }: StatusOverlayOptions): TemplateResult | typeof nothing {
  if (!hasSource) return nothing
  const needed =
    state.name === 'autoplay-blocked' ||
    state.name === 'ended' ||
    state.name === 'idle' ||
    (state.name === 'paused' && !hasControls)
  if (!needed) return nothing
  const label = state.name === 'ended' ? 'Play again' : 'Play'
  return html`
    <button part="play-button" class="play" type="button" aria-label=${label} @click=${play}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5.5v13l11-6.5z" /></svg>
    </button>
  `
}
