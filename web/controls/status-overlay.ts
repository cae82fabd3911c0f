import { html, nothing, type TemplateResult } from 'lit'
import type { PlayerState } from '../playback/player/player-state.ts'
import type { StatusWords, TranslatedErrorCode, Words } from './words/words.ts'

export interface StatusOverlayOptions {
  readonly state: PlayerState
  /** How old the picture is, in words, where it is stale. */
  readonly age: string | undefined
  /** How long until the next attempt, in words, where it is known. */
  readonly wait: string | undefined
  /** It is known that there are no pictures. */
  readonly isSoundOnly: boolean
  /** The element has a `src`: there is something to play. */
  readonly hasSource: boolean
  /** The element has a play button elsewhere. */
  readonly hasControls: boolean
  readonly words: StatusWords
  /** Errors in the language of the words; undefined in English, which they speak themselves. */
  readonly errors: Words['errors']
  readonly play: () => void
  /** Shows what the doctor knows. */
  readonly details: () => void
}

/**
 * What lies above the picture while it is not live: what is going on, and what to do about it. The live regions are
 * always there and only their content changes, or screen readers would not read it.
 */
export function statusOverlay(options: StatusOverlayOptions): TemplateResult {
  const { state, age, words } = options
  return html`
    <div part="overlay" class="overlay ${state.name}">
      ${age === undefined ? nothing : html`<p part="stale" class="stale">${words.stale.replace('{age}', age)}</p>`}
      <div role="status" class="status">${statusText(options)}</div>
      <div role="alert" class="alert">${state.name === 'failed' ? failure(options, state.error) : nothing}</div>
      ${playButton(options)}
    </div>
  `
}

function statusText(options: StatusOverlayOptions): TemplateResult | typeof nothing {
  const { state, words } = options
  switch (state.name) {
    case 'connecting':
      return html`${busy(words.connecting)}${slow(options)}`
    case 'waiting-for-keyframe':
      return html`${busy(words.waitingForKeyframe)}${slow(options)}`
    case 'reconnecting': {
      const { title, advice } = told(options, state.error)
      // The seconds are not read out, each by each: they are beside what is.
      return html`${busy(words.reconnecting, options.wait && words.reconnectingIn.replace('{time}', options.wait))}
        <p class="detail">${title}. <span class="advice">${advice}</span></p>
        ${detailsButton(options)}`
    }
    case 'stalled':
      return html`<p class="hidden-visually">${words.stalled}</p>${detailsButton(options)}`
    case 'ended':
      return html`<p>${words.ended}</p>`
    case 'autoplay-blocked':
      return html`<p class="below">${words.autoplayBlocked}</p>`
    case 'playing':
      return options.isSoundOnly ? html`<p>${words.soundOnly}</p>${detailsButton(options)}` : nothing
    case 'idle':
    case 'paused':
    case 'failed':
      return nothing
  }
}

const busy = (text: string, shown?: string): TemplateResult => html`
  <p>
    <span class="spinner" aria-hidden="true"></span>
    ${shown ? html`<span class="hidden-visually">${text}</span><span aria-hidden="true">${shown}</span>` : text}
  </p>
`

const slow = (options: StatusOverlayOptions): TemplateResult => html`
  <div class="slow"><p class="detail">${options.words.slow}</p>${detailsButton(options)}</div>
`

const detailsButton = ({ words, details }: StatusOverlayOptions): TemplateResult => html`
  <button part="details-button" class="details" type="button" @click=${details}>${words.details}</button>
`

interface Told {
  readonly code: string
  readonly message: string
  readonly advice: string
}

/** Method and status of the answer, which are for the details. */
const ANSWER = / \([A-Z_]+: \d[^)]*\)$/

/** In the language of the words, where somebody has put it into that. */
function told({ errors }: StatusOverlayOptions, { code, message, advice }: Told): { title: string; advice: string } {
  const known = errors as Readonly<Record<string, { title: string; advice: string }>> | undefined
  return known?.[code] ?? { title: message.replace(ANSWER, ''), advice }
}

function failure(options: StatusOverlayOptions, error: Told): TemplateResult {
  const { title, advice } = told(options, error)
  return html`
    <div part="error" class="failure">
      <p class="message">${title}</p>
      <p class="advice">${advice}</p>
      ${options.errors?.[error.code as TranslatedErrorCode] === undefined ? nothing : html`<p class="advice original" lang="en">${error.message}</p>`}
      <p class="buttons">
        <button part="retry-button" class="retry" type="button" @click=${options.play}>${options.words.retry}</button>
        ${detailsButton(options)}
      </p>
    </div>
  `
}

function playButton(options: StatusOverlayOptions): TemplateResult | typeof nothing {
  const { state, hasSource, hasControls, words, play } = options
  if (!hasSource) return nothing
  const needed =
    state.name === 'autoplay-blocked' ||
    state.name === 'ended' ||
    state.name === 'idle' ||
    (state.name === 'paused' && !hasControls)
  if (!needed) return nothing
  const label = state.name === 'ended' ? words.playAgain : words.play
  return html`
    <button part="play-button" class="play" type="button" aria-label=${label} @click=${play}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5.5v13l11-6.5z" /></svg>
    </button>
  `
}
