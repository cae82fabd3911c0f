import { html, nothing, type TemplateResult } from 'lit'
import { classMap } from 'lit/directives/class-map.js'
import type { Cell } from './layout.ts'
import type { Tile } from './tile.ts'
import { sentence, type WallWords } from './words.ts'

export interface TileViewOptions {
  readonly tile: Tile
  readonly id: string
  /** Undefined where it is on another page. */
  readonly cell: Cell | undefined
  readonly isFull: boolean
  /** Another tile fills the wall. */
  readonly isCovered: boolean
  /** The one that the Tab key leads to. */
  readonly isCurrent: boolean
  readonly isHeard: boolean
  readonly words: WallWords
  readonly toggleFull: () => void
  readonly toggleSound: () => void
}

/**
 * A tile: the player, its title, two buttons, and a mark where it does not play. Its place is set by property: policies that
 * allow no inline styles refuse the attribute.
 */
export function tileView(options: TileViewOptions): TemplateResult {
  const { tile, cell, isFull, isCovered, isCurrent, isHeard, words } = options
  const { title } = tile
  const isWaiting = tile.rest === 'turn'
  const tabIndex = isCurrent ? 0 : -1
  const area = cell && `${cell.row} / ${cell.column} / span ${cell.span} / span ${cell.span}`
  return html`
    <div
      part="tile ${isFull ? 'full' : ''} ${isWaiting ? 'waiting' : ''}"
      class=${classMap({ tile: true, full: isFull, waiting: isWaiting, heard: isHeard })}
      .style=${area === undefined ? '' : `grid-area: ${area}`}
      id=${options.id}
      role="group"
      aria-roledescription=${words.tile}
      aria-label=${title}
      aria-describedby=${isCurrent ? 'keys' : nothing}
      data-name=${tile.name}
      tabindex=${tabIndex}
      ?hidden=${cell === undefined && !isFull}
      ?inert=${isCovered}
    >
      ${tile.isOwn ? tile.player : html`<slot></slot>`}
      ${
        isWaiting
          ? html`<p part="mark" class="mark">
              <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 5h4v14H7zm6 0h4v14h-4z" /></svg><span>${words.waiting}</span>
            </p>`
          : nothing
      }
      <div part="bar" class="bar">
        <span part="title" class="title" aria-hidden="true">${title}</span>
        <span class="buttons"><button
          part="button sound-button"
          type="button"
          class="sound"
          tabindex=${tabIndex}
          aria-label=${sentence(isHeard ? words.soundOff : words.soundOn, title)}
          @click=${options.toggleSound}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z" />
            <path class="line" d=${isHeard ? 'M15 9a4.2 4.2 0 0 1 0 6M17.3 6.7a7.5 7.5 0 0 1 0 10.6' : 'M15.5 9.5l5 5m0-5l-5 5'} />
          </svg>
        </button>
        <button
          part="button full-button"
          type="button"
          tabindex=${tabIndex}
          aria-label=${isFull ? words.back : sentence(words.enlarge, title)}
          @click=${options.toggleFull}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path
              class="line"
              d=${isFull ? 'M5 10h5V5m9 5h-5V5M5 14h5v5m9-5h-5v5' : 'M5 9.5V5h4.5M19 9.5V5h-4.5M5 14.5V19h4.5m9.5-4.5V19h-4.5'}
            />
          </svg>
        </button></span>
      </div>
    </div>
  `
}
