import type { BudgetChange } from './wall/budget-keeper.ts'

/** Events of `<rtsp-wall>` beside those of every element. */
export interface RtspWallEventMap extends HTMLElementEventMap {
  /** Another layout, or another page of it. */
  layoutchange: CustomEvent<LayoutChange>
  /** Tiles were moved. */
  orderchange: CustomEvent<OrderChange>
  /** A tile fills the wall, or does so no more. */
  tileactivate: CustomEvent<TileActivation>
  /** Tiles are shown smaller or in turn, since the machine cannot do more, or as before again. */
  budgetchange: CustomEvent<BudgetChange>
  /** Another tile is heard, or none. */
  soundchange: CustomEvent<SoundChange>
}

export interface LayoutChange {
  readonly layout: string
  /** Counted from 0. */
  readonly page: number
  readonly pages: number
}

export interface OrderChange {
  /** Names of the tiles. */
  readonly order: readonly string[]
}

export interface TileActivation {
  readonly name: string
  /** Its place, counted from 0. */
  readonly index: number
  readonly full: boolean
}

export interface SoundChange {
  /** Name of the tile that is heard; empty where none is. */
  readonly name: string
}
