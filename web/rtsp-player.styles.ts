import { css } from 'lit'

/*
 * Every viewer would load comments in the sheet; so they are here:
 * `[stale]` goes at once when there is a new picture, and with it all that says that the one before is old. A paused
 * picture is not greyed, since somebody may look at it closely: its age says enough.
 * The overlay ends above the bar with `controls`, which would hide sentences and buttons; that of a recording has a
 * seek bar, too. Small tiles have what it is, and the buttons; the details have the rest. English sentences in a page
 * that is written from right to left are laid out as English (`unicode-bidi`).
 * The status appears late: what is over in a blink need not be read. `.slow` is hidden up to when it is worth a word,
 * from the keyboard, too.
 */
export const styles = css`
  :host {
    display: block;
    position: relative;
    overflow: hidden;
    aspect-ratio: var(--rtsp-player-aspect-ratio, 16 / 9);
    background: var(--rtsp-player-background, #000);
    color-scheme: light dark;
    --_accent: var(--rtsp-player-accent-color, #2f6fed);
    --_text: var(--rtsp-player-overlay-color, #fff);
    --_veil: var(--rtsp-player-overlay-background, rgb(10 13 18 / 72%));
    font: 400 0.9375rem / 1.45 var(--rtsp-player-font-family, system-ui, sans-serif);
  }
  :host([hidden]) {
    display: none;
  }
  video,
  canvas,
  [part='poster'] {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: var(--rtsp-player-object-fit, contain);
  }
  canvas {
    pointer-events: none;
  }
  canvas[hidden] {
    display: none;
  }
  :host([stale]) :is(video, canvas) {
    filter: grayscale(1) brightness(0.72);
  }
  :host([stale]) :is(video, canvas):has(~ .overlay.paused) {
    filter: none;
  }
  :host(:not([stale])) .stale {
    display: none;
  }
  .stale {
    position: absolute;
    inset-block-start: 0.75rem;
    padding: 0.375em 0.875em;
    border-radius: 0.375rem;
    background: #ffd34d;
    color: #1c1600;
    font-size: 0.875rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .figures {
    position: absolute;
    inset: 0;
    padding: 0.5rem;
    overflow: hidden;
    container-type: size;
    pointer-events: none;
  }
  rtsp-player-statistics {
    float: inline-start;
  }
  rtsp-player-statistics:not(:defined) {
    display: none;
  }
  .overlay {
    position: absolute;
    inset: 0;
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    color: var(--_text);
    text-align: center;
    pointer-events: none;
    container-type: size;
  }
  :host([controls]) .overlay {
    padding-block-end: 3.5rem;
  }
  :host([controls]) .ended {
    padding-block-end: 5.5rem;
  }
  p {
    margin: 0;
    text-wrap: balance;
    unicode-bidi: plaintext;
  }
  .status p {
    display: inline-flex;
    align-items: center;
    gap: 0.625em;
    padding: 0.5em 1em;
    border-radius: 999px;
    background: var(--_veil);
    font-weight: 500;
  }
  .status .detail {
    display: block;
    max-width: min(34rem, 100cqi - 1rem);
    box-sizing: border-box;
    margin: 0.5em auto 0;
    padding: 0.375em 0.875em;
    border-radius: 0.75rem;
    font-size: 0.8125rem;
    font-weight: 400;
  }
  .connecting .status,
  .waiting-for-keyframe .status {
    animation: appear 0.2s 0.25s both;
  }
  .spinner {
    width: 1em;
    height: 1em;
    border: 2px solid currentcolor;
    border-inline-end-color: transparent;
    border-radius: 50%;
    animation: turn 0.9s linear infinite;
  }
  .alert {
    overflow: auto;
    pointer-events: auto;
  }
  .failed {
    background: var(--_veil);
  }
  .failure {
    max-width: min(32rem, 100% - 2rem);
    margin: auto;
    padding: 1rem;
    overflow-wrap: anywhere;
  }
  .message {
    font-size: 1.0625rem;
    font-weight: 600;
  }
  .advice {
    margin-top: 0.375rem;
    opacity: 0.85;
  }
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
    pointer-events: auto;
    border: 0;
  }
  button:focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 3px;
  }
  .retry {
    padding: 0.5rem 1.25rem;
    border-radius: 999px;
    background: #fff;
    color: #10141b;
    font-weight: 600;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 0.5rem;
    margin-top: 1rem;
  }
  .details {
    min-height: 1.75rem;
    margin-top: 0.5em;
    padding: 0.25em 0.875em;
    border-radius: 999px;
    background: var(--_veil);
    color: #fff;
    font-size: 0.8125rem;
    font-weight: 600;
    text-decoration: underline;
  }
  .status .details {
    display: block;
    margin-inline: auto;
  }
  .buttons .details {
    margin: 0;
    background: none;
    color: inherit;
  }
  .status .below {
    margin-top: 0.5rem;
  }
  .stalled .status {
    position: absolute;
    inset-block-start: 2.5rem;
  }
  .slow {
    animation: appear 0.2s 6s both;
    visibility: hidden;
  }
  .retry:hover {
    background: #e6eaf1;
  }
  .play {
    order: -1;
    flex: none;
    width: 4.5rem;
    height: 4.5rem;
    padding: 0;
    border-radius: 50%;
    background: var(--_veil);
    transition: background 0.15s;
  }
  .play:hover {
    background: var(--_accent);
  }
  .play svg {
    width: 2.5rem;
    height: 2.5rem;
    display: block;
    margin: auto;
    fill: currentcolor;
  }
  .hidden-visually {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 30rem) {
    .failure {
      padding: 0.75rem;
      font-size: 0.8125rem;
    }
    .message {
      font-size: 0.9375rem;
    }
    .stale {
      inset-block-start: 0.375rem;
      font-size: 0.75rem;
    }
    .stalled .status {
      inset-block-start: 1.75rem;
    }
    .status p {
      font-size: 0.8125rem;
    }
    .buttons {
      margin-top: 0.625rem;
    }
    .retry {
      padding: 0.3125rem 1rem;
    }
  }
  @container (max-height: 11.5rem) {
    .advice,
    .failed .stale,
    :host([stale]) .detail {
      display: none;
    }
    .failure {
      padding: 0.25rem;
    }
    .reconnecting .stale ~ .status {
      margin-block-start: 1.5rem;
    }
  }
  @container (max-width: 18rem) or (max-height: 7rem) {
    .advice {
      display: none;
    }
    .play {
      width: 3rem;
      height: 3rem;
    }
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
    to {
      visibility: visible;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .spinner {
      animation-duration: 4s;
    }
    .play {
      transition: none;
    }
  }
`
