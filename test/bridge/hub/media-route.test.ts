import { describe, expect, it } from 'vitest'
import { MediaRoute } from '../../../bridge/hub/media-route.ts'

describe('the route of the media of a camera', () => {
  it('stays as it was agreed where media comes', () => {
    const route = new MediaRoute()
    expect(route.choice).toBe('auto')
    route.heard()
    // Later it has nothing to send.
    expect(route.silent()).toBe(false)
    expect(route.choice).toBe('auto')
  })

  it('is UDP where nothing came by TCP, and stays so', () => {
    const route = new MediaRoute()
    expect(route.silent()).toBe(true)
    expect(route.choice).toBe('udp')
    route.heard()
    route.failed('connection-lost')
    route.released()
    expect(route.choice).toBe('udp')
  })

  it('is as before where UDP brings nothing either, and is not changed again and again', () => {
    const route = new MediaRoute()
    expect([route.silent(), route.silent(), route.silent(), route.silent()]).toEqual([true, true, false, false])
    expect(route.choice).toBe('auto')
    route.released()
    expect(route.silent()).toBe(true)
  })

  it('is as before where the camera refuses UDP', () => {
    const route = new MediaRoute()
    route.silent()
    route.failed('unsupported-transport')
    expect([route.choice, route.silent()]).toEqual(['auto', false])
  })

  it('is found anew where the camera was lost in between', () => {
    const route = new MediaRoute()
    route.silent()
    route.failed('connection-lost')
    expect([route.choice, route.silent(), route.choice]).toEqual(['auto', true, 'udp'])
  })

  it('is found anew where the camera takes UDP no more, or sends nothing by it any more', () => {
    for (const change of [
      (route: MediaRoute) => route.failed('unsupported-transport'),
      (route: MediaRoute) => route.silent(),
    ]) {
      const route = new MediaRoute()
      route.silent()
      route.heard()
      change(route)
      expect(route.choice).toBe('auto')
    }
  })
})
