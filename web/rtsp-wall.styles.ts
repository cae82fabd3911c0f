import { css } from 'lit'

/*
 * Every viewer of a wall would load comments in the sheet; so they are here:
 * `.grid` is not positioned: the tile that fills the wall is placed in the host, wherever the grid is scrolled to. The
 * host is a grid of one cell, where the tile's own place in the grid of tiles would put it outside: `auto` then.
 * `.tile::after` is the border that says which tile has the focus: above the player, which would cover it.
 * Pressing a tile gives it the focus, and with that its turn: the `.mark` goes before the click is complete.
 * Nobody is to press the play button of a player that rests: the wall starts it when it is its turn. What a player
 * says about an error stands above the `.bar`. The `.buttons` are out of the row while nobody sees them: the title has
 * their room.
 */
export const styles = css`
  :host {
    display: grid;
    place-items: center;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    position: relative;
    overflow: hidden;
    aspect-ratio: var(--rtsp-wall-aspect-ratio, 16 / 9);
    background: var(--rtsp-wall-background, #0b0e13);
    color: #fff;
    --_gap: var(--rtsp-wall-gap, 3px);
    --_accent: var(--rtsp-wall-accent-color, #6ea0ff);
    font: 400 0.8125rem / 1.4 var(--rtsp-wall-font-family, system-ui, sans-serif);
  }
  :host([hidden]) {
    display: none;
  }
  .grid {
    display: grid;
    box-sizing: border-box;
    width: 100%;
    height: 100%;
    gap: var(--_gap);
    overflow: hidden;
    grid-template-columns: repeat(var(--_columns), minmax(0, 1fr));
    grid-template-rows: repeat(var(--_rows), minmax(0, 1fr));
  }
  .grid.scrolls {
    overflow-y: auto;
    grid-template-rows: none;
    grid-auto-rows: min-content;
    scrollbar-color: rgb(255 255 255 / 40%) transparent;
  }
  .grid.scrolls .tile:not(.full) {
    aspect-ratio: 16 / 9;
  }
  .grid.covered {
    overflow: hidden;
  }
  .tile {
    container: tile / inline-size;
    position: relative;
    min-width: 0;
    min-height: 0;
    overflow: hidden;
    border-radius: var(--rtsp-wall-tile-radius, 0);
    background: #000;
    cursor: pointer;
    user-select: none;
    -webkit-user-select: none;
    -webkit-touch-callout: none;
    touch-action: manipulation;
  }
  .tile[hidden] {
    display: none;
  }
  .tile.full {
    position: absolute;
    inset: 0;
    grid-area: auto !important;
    z-index: 2;
    border-radius: 0;
    animation: enlarge 0.16s ease-out;
  }
  .tile[data-dragged] {
    z-index: 3;
    cursor: grabbing;
    opacity: 0.85;
    box-shadow: 0 12px 32px rgb(0 0 0 / 60%);
    pointer-events: none;
  }
  rtsp-player,
  ::slotted(rtsp-player) {
    width: 100% !important;
    height: 100% !important;
    max-width: none !important;
    max-height: none !important;
    margin: 0 !important;
    border-radius: 0 !important;
    aspect-ratio: auto !important;
  }
  .waiting rtsp-player,
  .waiting ::slotted(rtsp-player) {
    filter: grayscale(1) brightness(0.55);
  }
  .tile::after {
    content: '';
    position: absolute;
    inset: 0;
    border: 3px solid transparent;
    border-radius: inherit;
    pointer-events: none;
  }
  .tile:focus {
    outline: none;
  }
  .tile:focus-visible::after {
    border-color: var(--_accent);
    box-shadow: inset 0 0 0 1px #000;
  }
  .tile[data-target]::after {
    border-color: var(--_accent);
    border-style: dashed;
    background: rgb(110 160 255 / 18%);
  }
  .mark {
    position: absolute;
    inset: 0;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 0.375em;
    margin: 0;
    padding: 0 0.5rem;
    background: rgb(8 11 16 / 55%);
    font-weight: 600;
    text-align: center;
    text-shadow: 0 0 4px #000;
    pointer-events: none;
  }
  .mark svg {
    flex: none;
  }
  @container tile (max-width: 10rem) {
    .mark span {
      position: absolute;
      clip-path: inset(50%);
    }
  }
  rtsp-player[data-resting]::part(play-button) {
    display: none;
  }
  .tile:not(.full) rtsp-player::part(error) {
    padding-block-end: 2.25rem;
  }
  .bar {
    position: absolute;
    inset: auto 0 0;
    display: flex;
    align-items: center;
    gap: 0.125rem;
    min-height: 2rem;
    padding: 0.125rem 0.25rem;
    background: linear-gradient(transparent, rgb(0 0 0 / 70%));
    pointer-events: none;
  }
  .full .bar {
    inset: 0 0 auto;
    min-height: 2.5rem;
    padding: 0.25rem 0.5rem;
    background: linear-gradient(rgb(0 0 0 / 70%), transparent);
    font-size: 1rem;
  }
  .title {
    min-width: 0;
    padding-inline: 0.25rem;
    overflow: hidden;
    font-weight: 550;
    text-overflow: ellipsis;
    text-shadow: 0 1px 2px #000;
    white-space: nowrap;
  }
  .buttons {
    position: absolute;
    inset-inline-end: 0;
    display: flex;
    flex: none;
    margin-inline-start: auto;
    border-radius: 0.375rem;
    background: rgb(0 0 0 / 60%);
    opacity: 0;
  }
  .tile:is(:hover, :focus-within, .full, .heard) .buttons {
    position: static;
    opacity: 1;
  }
  button {
    display: grid;
    flex: none;
    place-items: center;
    width: 1.75rem;
    height: 1.75rem;
    padding: 0;
    border: 0;
    border-radius: 0.375rem;
    background: transparent;
    color: inherit;
    font: inherit;
    cursor: pointer;
    pointer-events: auto;
  }
  button:hover {
    background: rgb(255 255 255 / 22%);
  }
  button:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: -2px;
  }
  .heard .sound {
    color: var(--_accent);
  }
  svg {
    width: 1.25rem;
    height: 1.25rem;
    fill: currentcolor;
  }
  .line {
    fill: none;
    stroke: currentcolor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .hidden-visually {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (hover: none) {
    button {
      width: 2.25rem;
      height: 2.25rem;
    }
    .buttons {
      position: static;
      opacity: 1;
    }
  }
  @media (forced-colors: active) {
    .tile:focus-visible::after,
    .tile[data-target]::after {
      border-color: Highlight;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .tile.full {
      animation: none;
    }
  }
  @keyframes enlarge {
    from {
      opacity: 0.4;
      scale: 0.97;
    }
  }
`
