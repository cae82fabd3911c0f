import { css } from 'lit'

export const styles = css`
  :host {
    position: absolute;
    inset: 0;
    z-index: 1;
    overflow: hidden;
    background: #f6f8fb;
    background: light-dark(#f6f8fb, #10151d);
    color: #141922;
    color: light-dark(#141922, #eef2f8);
    font-size: 0.875rem;
    line-height: 1.4;
    text-align: start;
    container-type: inline-size;
    cursor: auto;
    touch-action: auto;
  }
  section {
    display: flex;
    flex-direction: column;
    box-sizing: border-box;
    height: 100%;
    padding: 0.5rem 0.75rem 0.75rem;
  }
  header {
    display: flex;
    align-items: center;
    gap: 0.5rem;
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: 1rem;
  }
  p {
    margin: 0 0 0.5rem;
    opacity: 0.85;
  }
  pre {
    flex: 1;
    min-height: 0;
    overflow: auto;
    margin: 0;
    padding: 0.625rem;
    border: 1px solid color-mix(in srgb, currentcolor 25%, transparent);
    border-radius: 0.5rem;
    font:
      0.75rem / 1.5 ui-monospace,
      Menlo,
      Consolas,
      monospace;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    user-select: text;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-width: 2.25rem;
    min-height: 2.25rem;
    padding: 0 0.5rem;
    border: 1px solid transparent;
    border-radius: 0.5rem;
    background: none;
    color: inherit;
    font: inherit;
    font-weight: 600;
    cursor: pointer;
  }
  .copy {
    border-color: currentcolor;
    padding-inline: 0.875rem;
  }
  button:hover {
    background: color-mix(in srgb, currentcolor 12%, transparent);
  }
  :is(button, pre):focus-visible {
    outline: 2px solid currentcolor;
    outline-offset: -2px;
  }
  svg {
    width: 1.25rem;
    height: 1.25rem;
    fill: currentcolor;
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
  @container (max-width: 24rem) {
    section > p:not([role]) {
      display: none;
    }
  }
`
