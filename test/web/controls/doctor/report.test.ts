import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../../protocol/errors.ts'
import type { ControlledPlayer } from '../../../../web/controls/controlled-player.ts'
import { diagnosticReport, type Surroundings } from '../../../../web/controls/doctor/report.ts'
import { VERSION } from '../../../../web/controls/doctor/version.ts'
import { StateHistory } from '../../../../web/controls/state-history.ts'

const SURROUNDINGS: Surroundings = {
  version: '1.2.3',
  pageUrl: 'https://portal.example/cameras?session=abcdef',
  userAgent: 'Test/1.0',
  isSecure: false,
  isOnline: true,
  bridge: 'not reached',
  abilities: { WebCodecs: false },
  violations: ['connect-src wss://elsewhere.example/rtsp?access_token=s3cret-ticket'],
  now: 100_000,
}

const player = (more: Partial<ControlledPlayer> = {}): ControlledPlayer =>
  ({
    src: 'rtsp://operator:hunter2@cam.example/live',
    bridge: 'wss://portal.example/rtsp?access_token=s3cret-ticket',
    ticket: 's3cret-ticket',
    state: 'reconnecting',
    renderer: 'auto',
    latency: 'low',
    error: null,
    duration: Number.NaN,
    statistics: undefined,
    ...more,
  }) as ControlledPlayer

describe('the report of the doctor', () => {
  it('tells what led to the error, by causes and by what happened before', () => {
    const cause = new Error('net::ERR', { cause: new TypeError('at 192.168.7.9') })
    const error = new ProtocolError('connection-lost', 'rtsp://192.168.7.9/live broke', {
      cause,
      place: { closeCode: 4502 },
    })
    const happenings = [
      { at: 70_000, name: 'playing', error: undefined },
      { at: 99_500, name: 'reconnecting', error },
    ]
    const report = diagnosticReport(player({ error }), happenings, SURROUNDINGS)
    expect(report).toContain('connection-lost: rtsp://…/live broke')
    expect(report).toContain('place: closeCode 4502')
    expect(report).toContain('caused by Error: net::ERR')
    expect(report).toContain('caused by TypeError: at …')
    expect(report).toMatch(/30\.0 s ago {2}playing\n +0\.5 s ago {2}reconnecting — connection-lost/)
  })

  it('holds no password, no ticket, and no machine that the page does not name', () => {
    const report = diagnosticReport(player(), [], SURROUNDINGS)
    expect(report).not.toMatch(/hunter2|operator|s3cret|abcdef|elsewhere/)
    expect(report).toContain('rtsp://cam.example/live')
    expect(report).toContain('ticket      given')
    const getTicket = async () => 's3cret-ticket'
    expect(diagnosticReport(player({ ticket: '', getTicket }), [], SURROUNDINGS)).toContain('ticket      fetched')
  })

  it('tells version, browser, secure context, and what the policy refused', () => {
    const report = diagnosticReport(player(), [], SURROUNDINGS)
    expect(report).toContain('version     1.2.3')
    expect(report).toContain('Test/1.0')
    expect(report).toContain('secure context: no')
    expect(report).toContain('to the bridge: not reached')
    expect(report).toContain('Content Security Policy refused: connect-src wss://…/rtsp?…')
  })
})

it('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'))
  expect(VERSION).toBe(version)
})

it('the history remembers the last thirty happenings', () => {
  const history = new StateHistory()
  for (let count = 0; count < 100; count++) history.push(`state ${count}`)
  expect(history.happenings).toHaveLength(30)
  expect(history.happenings.at(-1)?.name).toBe('state 99')
})
