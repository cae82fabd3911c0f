import { css } from 'lit'

/*
 * Every viewer with controls would load comments in the sheet; so they are here:
 * Transparent borders are seen where the colours are forced.
 * A mouse that comes to controls that are hidden (`.idle`) is seen before it presses. A finger is not: its first tap
 * shows what there is.
 */
export const styles = css`
  :host {
    position: absolute;
    inset: 0;
    overflow: hidden;
    pointer-events: none;
    container-type: size;
    --_color: var(--rtsp-player-controls-color, #fff);
    --_background: var(--rtsp-player-controls-background, rgb(10 13 18 / 78%));
    --_radius: var(--rtsp-player-controls-radius, 0.75rem);
    --_size: var(--rtsp-player-controls-button-size, 2.25rem);
    --_live: var(--rtsp-player-controls-live-color, #ff4d5e);
    font-size: 0.875rem;
    line-height: 1.3;
  }
  @media (pointer: coarse) {
    :host {
      --_size: var(--rtsp-player-controls-button-size, 2.75rem);
    }
  }
  .controls {
    position: absolute;
    inset: 0;
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
    align-items: flex-end;
    gap: 0.375rem;
    padding: 0.5rem;
    box-sizing: border-box;
    outline: none;
    transition: opacity 0.2s;
  }
  .idle {
    opacity: 0;
    transition-duration: 0.5s;
  }
  .bar {
    flex: none;
    align-self: stretch;
    box-sizing: border-box;
    padding: 0.25rem;
    border: 1px solid transparent;
    border-radius: var(--_radius);
    background: var(--_background);
    color: var(--_color);
    pointer-events: auto;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 0.125rem;
  }
  .space {
    flex: 1;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-width: var(--_size);
    height: var(--_size);
    margin: 0;
    padding: 0 0.375rem;
    border: 1px solid transparent;
    border-radius: calc(var(--_radius) * 0.66);
    background: none;
    color: inherit;
    font: inherit;
    font-weight: 600;
    cursor: pointer;
    box-sizing: border-box;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
  }
  button:hover {
    background: rgb(255 255 255 / 16%);
  }
  :is(button, input):focus-visible {
    outline: 2px solid currentcolor;
    outline-offset: -2px;
  }
  svg {
    width: 1.5rem;
    height: 1.5rem;
    fill: currentcolor;
    flex: none;
  }
  .live {
    gap: 0.4em;
    padding-inline: 0.625rem;
    white-space: nowrap;
  }
  .dot {
    flex: none;
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    background: currentcolor;
    opacity: 0.6;
  }
  .at-edge .dot {
    background: var(--_live);
    opacity: 1;
  }
  .delay,
  .time,
  .zoom {
    font-weight: 400;
    font-variant-numeric: tabular-nums;
  }
  .time {
    padding-inline: 0.5rem;
    white-space: nowrap;
  }
  .record svg {
    fill: var(--_live);
  }
  .recording svg {
    animation: breathe 1.6s ease-in-out infinite;
  }
  input {
    appearance: none;
    box-sizing: border-box;
    height: 1.5rem;
    margin: 0;
    background: none;
    color: inherit;
    cursor: pointer;
    touch-action: none;
    --_track: linear-gradient(
      to right,
      currentcolor var(--_value, 0%),
      color-mix(in srgb, currentcolor 32%, transparent) 0
    );
  }
  .volume:dir(rtl) {
    --_track: linear-gradient(
      to left,
      currentcolor var(--_value, 0%),
      color-mix(in srgb, currentcolor 32%, transparent) 0
    );
  }
  input::-webkit-slider-runnable-track {
    height: 0.25rem;
    border-radius: 1rem;
    background: var(--_track);
  }
  input::-moz-range-track {
    height: 0.25rem;
    border-radius: 1rem;
    background: var(--_track);
  }
  input::-webkit-slider-thumb {
    appearance: none;
    width: 0.875rem;
    height: 0.875rem;
    margin-block-start: -0.3125rem;
    border: 0;
    border-radius: 50%;
    background: currentcolor;
  }
  input::-moz-range-thumb {
    width: 0.875rem;
    height: 0.875rem;
    border: 0;
    border-radius: 50%;
    background: currentcolor;
  }
  .volume {
    width: 5rem;
    margin-inline: 0.25rem 0.5rem;
  }
  .seek {
    display: block;
    width: calc(100% - 1rem);
    margin: 0.125rem 0.5rem;
  }
  .panel {
    flex: 0 1 auto;
    min-height: 0;
    overflow: auto;
    overscroll-behavior: contain;
    max-width: 100%;
    box-sizing: border-box;
    display: grid;
    gap: 0.25rem;
    padding: 0.5rem 0.75rem;
    border: 1px solid transparent;
    border-radius: var(--_radius);
    background: var(--rtsp-player-controls-panel-background, #fff);
    background: var(--rtsp-player-controls-panel-background, light-dark(#fff, #1b212c));
    color: var(--rtsp-player-controls-panel-color, #141922);
    color: var(--rtsp-player-controls-panel-color, light-dark(#141922, #f2f5fa));
    box-shadow: 0 4px 24px rgb(0 0 0 / 35%);
    pointer-events: auto;
  }
  .panel[hidden] {
    display: none;
  }
  .panel .row {
    flex-wrap: wrap;
  }
  .panel .name {
    flex: 1 0 5.5rem;
    padding-inline-end: 0.75rem;
    opacity: 0.8;
  }
  .panel button:hover {
    background: color-mix(in srgb, currentcolor 12%, transparent);
  }
  .text {
    padding-inline: 0.625rem;
    font-weight: 500;
  }
  [aria-pressed='true'] {
    background: color-mix(in srgb, currentcolor 14%, transparent);
    border-color: currentcolor;
  }
  .narrow {
    display: none;
  }
  .toast {
    position: absolute;
    inset-block-start: 0.75rem;
    inset-inline: 0.75rem;
    width: fit-content;
    max-width: calc(100% - 1.5rem);
    box-sizing: border-box;
    margin: 0 auto;
    padding: 0.5em 1em;
    border: 1px solid transparent;
    border-radius: 999px;
    background: var(--_background);
    color: var(--_color);
    font-weight: 500;
  }
  .hidden-visually {
    position: absolute;
    inset: auto;
    width: 1px;
    height: 1px;
    padding: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 34rem) {
    .volume {
      display: none;
    }
    .controls {
      padding: 0.25rem;
    }
  }
  @container (max-width: 26rem) {
    .roomy,
    .duration {
      display: none;
    }
    .narrow {
      display: inline-flex;
    }
  }
  @container (max-width: 20rem) {
    .delay {
      display: none;
    }
    button {
      min-width: min(var(--_size), 2rem);
      height: min(var(--_size), 2rem);
    }
    .live {
      padding-inline: 0.375rem;
    }
  }
  @container (max-width: 14rem) {
    .time {
      display: none;
    }
  }
  @media (any-pointer: coarse) {
    .controls.idle * {
      pointer-events: none;
    }
  }
  @keyframes breathe {
    50% {
      opacity: 0.35;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .controls {
      transition: none;
    }
    .recording svg {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    input {
      appearance: auto;
    }
    .dot {
      background: ButtonText;
      forced-color-adjust: none;
    }
    .at-edge .dot {
      background: Highlight;
    }
    [aria-pressed='true'] {
      background: Highlight;
      color: HighlightText;
      forced-color-adjust: none;
    }
    .idle {
      opacity: 0;
    }
  }
`
