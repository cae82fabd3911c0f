import { describe, expect, it } from 'vitest'
import { readCameraAddress } from '../../../bridge/upstream/camera-address.ts'
import { streamFault } from '../../../bridge/upstream/stream-fault.ts'

/** What is asked for, and where the connection goes. */
const read = (...[url, transport]: [string, Parameters<typeof readCameraAddress>[1]?]): string => {
  const { url: asked, wire } = readCameraAddress(url, transport ?? 'auto')
  return `${asked} by ${wire.tls ? 'secured ' : ''}${wire.by} at ${wire.host}:${wire.port}${wire.by === 'rtsp' ? '' : wire.path}`
}

describe('the address of a camera', () => {
  it.each([
    ['rtsp://cam/live', 'auto', 'rtsp://cam/live by rtsp at cam:554'],
    ['rtsps://cam/live', 'tcp', 'rtsps://cam/live by secured rtsp at cam:322'],
    ['rtsp://cam/live?a=1', 'http', 'rtsp://cam/live?a=1 by http at cam:80/live?a=1'],
    ['rtsps://cam', 'http', 'rtsps://cam by secured http at cam:443/'],
    ['rtsp://cam:554/live', 'http', 'rtsp://cam:554/live by http at cam:554/live'],
    ['rtsp://[fe80::1]:8554/live', 'ws', 'rtsp://[fe80::1]:8554/live by ws at fe80::1:8554/live'],
  ] as const)('%s with transport %s means %s', (url, transport, expected) => {
    expect(read(url, transport)).toBe(expected)
  })

  it.each([
    ['ws://cam/onvif#rtsp://10.0.0.5/live', 'rtsp://10.0.0.5/live by ws at cam:80/onvif'],
    ['ws://hub:8080/rtsp?stream=a/b', 'rtsp://hub:8080/a/b by ws at hub:8080/rtsp?stream=a/b'],
    ['wss://hub/rtsp?stream=a', 'rtsps://hub:443/a by secured ws at hub:443/rtsp?stream=a'],
    ['ws://hub/rtsp?url=rtsp%3A%2F%2Fcam%2Flive', 'rtsp://cam/live by ws at hub:80/rtsp?url=rtsp%3A%2F%2Fcam%2Flive'],
    ['ws://server:8554/live', 'rtsp://server:8554/live by ws at server:8554/live'],
    ['ws://[::1]/live', 'rtsp://[::1]:80/live by ws at ::1:80/live'],
    ['WS://Hub', 'rtsp://Hub:80/ by ws at hub:80/'],
  ])('%s means %s', (url, expected) => {
    expect(read(url)).toBe(expected)
  })

  it.each([
    ['http://cam/live', 'must begin with'],
    ['ws://user:secret@cam/live', 'user and password do not belong'],
    ['ws://cam/live#http://10.0.0.5/', 'behind the #'],
    ['ws://cam/live#rtsp://user:secret@10.0.0.5/', 'behind the #'],
    ['ws://cam/a b', 'percent-encoded'],
    ['ws://cam/a\r\nX: y', 'percent-encoded'],
    ['ws://127.1/', 'four decimal numbers'],
    ['ws://cam:99999/', 'the port must lie'],
  ])('%j is refused in words, without what was written', (url, words) => {
    const fault = streamFault({ url, mode: 'hub' })
    expect(fault).toMatchObject({ setting: 'url', message: expect.stringContaining(words) })
    expect(fault?.message).not.toMatch(/secret|10\.0\.0\.5/)
  })
})
