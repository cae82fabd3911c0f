import { css } from 'lit'

/* The background is dark enough that white stands out on it above a white picture, too. */
export const styles = css`
  :host {
    display: block;
    box-sizing: border-box;
    width: min(16.5rem, 100cqi - 1rem);
    padding: 0.5rem 0.625rem;
    border-radius: 0.5rem;
    background: rgb(10 13 18 / 88%);
    color: #fff;
    font: 400 0.75rem / 1.35 system-ui, sans-serif;
    font-variant-numeric: tabular-nums;
    text-align: start;
  }
  p,
  dl,
  dd {
    margin: 0;
  }
  .stream {
    margin-block-end: 0.25rem;
    color: #c3cad6;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .graph {
    display: grid;
    grid-template-columns: 1fr auto;
    align-items: baseline;
    column-gap: 0.5rem;
    margin-block-end: 0.375rem;
  }
  .name {
    color: #c3cad6;
  }
  .value {
    font-weight: 600;
  }
  .unit {
    color: #c3cad6;
    font-weight: 400;
  }
  .plot {
    grid-column: 1 / -1;
    height: 1.75rem;
    border-block: 1px solid rgb(255 255 255 / 14%);
  }
  svg {
    display: block;
    width: 100%;
    height: 100%;
    overflow: visible;
  }
  path {
    fill: none;
    stroke-width: 1.5;
    stroke-linejoin: round;
    stroke-linecap: round;
    vector-effect: non-scaling-stroke;
  }
  .delay path {
    stroke: #ffd34d;
  }
  .frame-rate path {
    stroke: #6fe3a1;
  }
  .bitrate path {
    stroke: #7fb4ff;
  }
  .scale {
    margin-inline-start: 0.25em;
    font-size: 0.625rem;
    opacity: 0.8;
  }
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
    column-gap: 0.75rem;
  }
  dt {
    color: #c3cad6;
  }
  dd {
    text-align: end;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .bad {
    color: #ffb3a7;
  }
  @container (max-height: 22rem) {
    dl {
      display: none;
    }
    .graph:last-of-type {
      margin-block-end: 0;
    }
  }
  @container (max-height: 12.5rem) {
    :host {
      width: auto;
      padding: 0.25rem 0.5rem;
      font-size: 0.6875rem;
    }
    .plot,
    .scale,
    .stream {
      display: none;
    }
    .graph {
      margin: 0;
    }
  }
`
