import { afterEach, describe, expect, it, vi } from 'vitest'
import { ArrangementStore, arrangementPlace } from '../../../web/wall/arrangement-store.ts'
import {
  arrangementText,
  fragmentEntry,
  readArrangement,
  withFragmentEntry,
} from '../../../web/wall/arrangement-text.ts'

describe('the text of an arrangement', () => {
  it('is short, and comes back as what it was', () => {
    const arrangement = { layout: '1+5', order: ['lobby', 'lobby~2', 'back door, left; 100 %', 'dock/1&2=#3'] }
    const text = arrangementText(arrangement)
    expect(text).toBe('1+5;lobby,lobby~2,back%20door%2C%20left%3B%20100%20%25,dock/1%262%3D%233')
    expect(readArrangement(text)).toEqual(arrangement)
    expect(arrangementText({ layout: 'auto', order: [] })).toBe('auto')
  })

  it.each([[''], [null], [undefined], ['2x2;%zz'], ['x'.repeat(20_000)]])('is left alone where it is %.20s', (text) => {
    expect(readArrangement(text)).toBeUndefined()
  })
})

describe('the fragment of an address', () => {
  it('holds it beside what others have there', () => {
    expect(withFragmentEntry('', 'wall', '2x2')).toBe('#wall=2x2')
    expect(withFragmentEntry('#chapter&wall=2x2;a&x=1', 'wall', '3x3;b,a')).toBe('#chapter&x=1&wall=3x3;b,a')
    expect(fragmentEntry('#chapter&x=1&wall=3x3;b=c', 'wall')).toBe('3x3;b=c')
    expect(fragmentEntry('#wall2=3x3', 'wall')).toBeUndefined()
  })
})

describe('a wall that keeps its arrangement', () => {
  afterEach(() => vi.unstubAllGlobals())

  const arrangement = { layout: '2x2', order: ['b', 'a'] }

  it('keeps it in the address, in place', () => {
    const replaceState = vi.fn()
    vi.stubGlobal('location', { hash: '#top', pathname: '/' })
    vi.stubGlobal('history', { state: { page: 1 }, replaceState })
    new ArrangementStore('url', 'wall').write(arrangement)
    expect(replaceState).toHaveBeenCalledWith({ page: 1 }, '', '#top&wall=2x2;b,a')
    vi.stubGlobal('location', { hash: '#top&wall=2x2;b,a', pathname: '/' })
    expect(new ArrangementStore('url', 'wall').read()).toEqual(arrangement)
    expect(new ArrangementStore('url', 'other').read()).toBeUndefined()
  })

  it('keeps it in a storage, apart from those of other pages and walls', () => {
    const kept = new Map<string, string>()
    vi.stubGlobal('location', { hash: '', pathname: '/yard' })
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    })
    new ArrangementStore('local', 'wall').write(arrangement)
    expect([...kept]).toEqual([['rtsp-wall /yard wall', '2x2;b,a']])
    expect(new ArrangementStore('local', 'wall').read()).toEqual(arrangement)
    expect(new ArrangementStore('local', 'gate').read()).toBeUndefined()
  })

  it('throws nothing where the browser denies it', () => {
    vi.stubGlobal('location', { hash: '', pathname: '/' })
    const denied = () => {
      throw new DOMException('The request was denied', 'SecurityError')
    }
    vi.stubGlobal('history', { state: null, replaceState: denied })
    vi.stubGlobal('localStorage', { getItem: denied, setItem: denied })
    for (const place of ['url', 'local', 'session'] as const) {
      const store = new ArrangementStore(place, 'wall')
      expect(() => store.write(arrangement)).not.toThrow()
      expect(store.read()).toBeUndefined()
    }
  })

  it.each([
    ['url', 'url'],
    ['local', 'local'],
    ['session', 'session'],
    ['', undefined],
    ['cookie', undefined],
    ['toString', undefined],
  ])('is told where by %j', (attribute, place) => {
    expect(arrangementPlace(attribute)).toBe(place)
  })
})
