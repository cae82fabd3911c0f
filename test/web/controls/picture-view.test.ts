import { describe, expect, it } from 'vitest'
import {
  isZoomed,
  MOST_ZOOM,
  moved,
  styleOf,
  turned,
  WHOLE_PICTURE,
  zoomed,
} from '../../../web/controls/picture/picture-view.ts'

/** Where a place of the picture is seen, both from the centre, in widths and heights of the box. */
const seenAt = ({ zoom, x, y }: { zoom: number; x: number; y: number }, place: { x: number; y: number }) => ({
  x: x + place.x * zoom,
  y: y + place.y * zoom,
})

describe('digital zoom', () => {
  it('leaves what is under the pointer where it is', () => {
    const place = { x: 0.2, y: -0.3 }
    const twice = zoomed(WHOLE_PICTURE, 2, place)
    expect(twice.zoom).toBe(2)
    expect(seenAt(twice, place).x).toBeCloseTo(place.x)
    expect(seenAt(twice, place).y).toBeCloseTo(place.y)
    const more = zoomed(twice, 1.5, { x: 0, y: 0 })
    expect(more.zoom).toBeCloseTo(3)
    expect(more.x).toBeCloseTo(twice.x * 1.5)
  })

  it('shows no more than the whole, and no less than a tenth', () => {
    expect(zoomed(WHOLE_PICTURE, 0.5)).toEqual(WHOLE_PICTURE)
    expect(zoomed(WHOLE_PICTURE, 1e9).zoom).toBe(MOST_ZOOM)
    expect(isZoomed(zoomed(zoomed(WHOLE_PICTURE, 1.25), 1 / 1.25))).toBe(false)
  })

  it('never moves the edge of the picture into sight', () => {
    const far = moved(zoomed(WHOLE_PICTURE, 3), { x: 50, y: -50 })
    expect([far.x, far.y]).toEqual([1, -1])
    const near = zoomed(far, 0.5)
    expect([near.x, near.y]).toEqual([0.25, -0.25])
    expect(moved(WHOLE_PICTURE, { x: 1, y: 1 })).toEqual(WHOLE_PICTURE)
  })
})

describe('the style of the picture', () => {
  it('is nothing where nobody changed anything', () => {
    expect(styleOf(WHOLE_PICTURE, 640, 360)).toBeNull()
  })

  it('moves and enlarges', () => {
    expect(styleOf(moved(zoomed(WHOLE_PICTURE, 2), { x: 0.1, y: -0.5 }), 640, 360)).toEqual({
      transform: 'translate(64px, -180px) scale(2) rotate(0deg)',
    })
  })

  it('gives a picture that lies on its side a box that does, too, in the same middle', () => {
    const style = styleOf(turned(WHOLE_PICTURE), 640, 360)
    expect(style).toMatchObject({ width: '360px', height: '640px', left: '140px', top: '-140px' })
    expect(style?.['transform']).toContain('rotate(90deg)')
    const upsideDown = styleOf(turned(turned(WHOLE_PICTURE)), 640, 360)
    expect(upsideDown).not.toHaveProperty('width')
    expect(turned(turned(turned(turned(WHOLE_PICTURE))))).toEqual(WHOLE_PICTURE)
  })

  it('fits as it is told', () => {
    expect(styleOf({ ...WHOLE_PICTURE, fit: 'cover' }, 640, 360)).toEqual({ 'object-fit': 'cover' })
  })
})
