/** How the picture lies in its box: digital zoom, its place, its turn, and how it fits. */
export interface PictureView {
  /** 1 to `MOST_ZOOM`. */
  readonly zoom: number
  /** From the centre of the box to that of the picture, in widths and heights of the box. */
  readonly x: number
  readonly y: number
  /** Clockwise, by 90° each. */
  readonly quarterTurns: 0 | 1 | 2 | 3
  /** Undefined: as the style sheets say, which is `contain` unless somebody changed it. */
  readonly fit: Fit | undefined
}

export const FITS = ['contain', 'cover', 'fill'] as const
export type Fit = (typeof FITS)[number]

/** A place in the box, from its centre: -0.5 to 0.5, in widths and heights of it. */
export interface Place {
  readonly x: number
  readonly y: number
}

export const MOST_ZOOM = 10
/** One step of keys and buttons. */
export const ZOOM_STEP = 1.25
/** One step of moving, in widths and heights of the box. */
export const MOVE_STEP = 0.1

export const WHOLE_PICTURE: PictureView = { zoom: 1, x: 0, y: 0, quarterTurns: 0, fit: undefined }

export const isZoomed = ({ zoom }: PictureView): boolean => zoom > 1

/** What is at `place` stays there. @param factor by how much larger */
export function zoomed(view: PictureView, factor: number, place: Place = { x: 0, y: 0 }): PictureView {
  const zoom = near(Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor)))
  const ratio = zoom / view.zoom
  return within({ ...view, zoom, x: place.x - (place.x - view.x) * ratio, y: place.y - (place.y - view.y) * ratio })
}

/** @param by in widths and heights of the box */
export const moved = (view: PictureView, by: Place): PictureView =>
  within({ ...view, x: view.x + by.x, y: view.y + by.y })

/** Turned by 90° more, whole and in the middle: what was looked at lies elsewhere then. */
export const turned = (view: PictureView): PictureView => ({
  ...WHOLE_PICTURE,
  fit: view.fit,
  quarterTurns: ((view.quarterTurns + 1) % 4) as PictureView['quarterTurns'],
})

/** The edges of the picture's box do not come into sight. */
function within(view: PictureView): PictureView {
  const most = (view.zoom - 1) / 2
  const clamp = (value: number): number => Math.min(most, Math.max(-most, value))
  return { ...view, x: clamp(view.x) + 0, y: clamp(view.y) + 0 }
}

/** Steps in and out lead back to 1 exactly. */
const near = (zoom: number): number => (Math.abs(zoom - 1) < 0.01 ? 1 : zoom)

/**
 * The style of what shows the picture, in a box of so many CSS pixels. Null where it is as it was without.
 *
 * A picture that is turned by 90° gets a box that is turned, too, so that it fits as it would upright.
 */
export function styleOf(view: PictureView, width: number, height: number): Readonly<Record<string, string>> | null {
  const { zoom, x, y, quarterTurns, fit } = view
  const style: Record<string, string> = {}
  if (fit !== undefined) style['object-fit'] = fit
  if (quarterTurns % 2 === 1) {
    Object.assign(style, {
      inset: 'auto',
      left: `${(width - height) / 2}px`,
      top: `${(height - width) / 2}px`,
      width: `${height}px`,
      height: `${width}px`,
    })
  }
  // The last is done first: turned, made larger, moved.
  if (zoom > 1 || quarterTurns > 0) {
    style['transform'] = `translate(${x * width}px, ${y * height}px) scale(${zoom}) rotate(${quarterTurns * 90}deg)`
  }
  return Object.keys(style).length === 0 ? null : style
}
