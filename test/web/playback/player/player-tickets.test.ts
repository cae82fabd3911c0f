import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../../../protocol/errors.ts'
import { expiryOf, TicketKeeper } from '../../../../web/playback/player/player-tickets.ts'

const SECOND = 1_000

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T00:00:00Z') })
})

afterEach(() => {
  vi.useRealTimers()
})

const now = () => Math.floor(Date.now() / 1000)
const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')
const jwt = (claims: object) => `${part({ alg: 'HS256' })}.${part(claims)}.signature`

/** A ticket that is good for so many seconds from now on. */
const goodFor = (seconds: number) => jwt({ iat: now(), exp: now() + seconds })

const secondsLeft = (ticket: string) => {
  const expiry = expiryOf(ticket)
  return expiry === undefined ? undefined : Math.round((expiry - performance.now()) / SECOND)
}

describe('the time of a ticket', () => {
  it('is read from a JSON Web Token', () => {
    expect(secondsLeft(goodFor(60))).toBe(60)
    expect(secondsLeft(jwt({ exp: now() + 30 }))).toBe(30)
  })

  it('is that of the token where the clock of this machine is wrong', () => {
    const ticket = goodFor(60)
    vi.setSystemTime(Date.now() + 3_600 * SECOND)
    expect(secondsLeft(ticket)).toBe(60)
    vi.setSystemTime(Date.now() - 7_200 * SECOND)
    expect(secondsLeft(ticket)).toBe(60)
  })

  it('is shorter where the page has kept it for a while', () => {
    const ticket = goodFor(60)
    vi.advanceTimersByTime(20 * SECOND)
    expect(secondsLeft(ticket)).toBe(40)
  })

  it.each([
    '',
    'secret',
    'a.b.c',
    '..',
    `${part({})}.${part({ exp: 'soon' })}.x`,
    `x.${Buffer.from('null').toString('base64url')}.x`,
  ])('is not known of %j, which is a ticket all the same', (ticket) => expect(expiryOf(ticket)).toBeUndefined())
})

describe('the keeper of tickets', () => {
  const keeper = (answer: () => Promise<string>) => {
    const renewed = vi.fn<(ticket: string) => void>()
    const warning = vi.fn<(error: ProtocolError) => void>()
    const get = vi.fn(answer)
    return { keeper: new TicketKeeper(() => get, renewed, warning), get, renewed, warning }
  }

  it('asks once for a connection, and again when three quarters of the time are over', async () => {
    const { keeper: tickets, get, renewed } = keeper(async () => goodFor(60))
    await tickets.fetch()
    await vi.advanceTimersByTimeAsync(44 * SECOND)
    expect(get).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(2 * SECOND)
    expect(renewed).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(46 * SECOND)
    expect(renewed).toHaveBeenCalledTimes(2)
  })

  it('asks no more when the connection is over', async () => {
    const { keeper: tickets, get } = keeper(async () => goodFor(60))
    await tickets.fetch()
    tickets.close()
    await vi.advanceTimersByTimeAsync(600 * SECOND)
    expect(get).toHaveBeenCalledTimes(1)
  })

  it('asks no more for a ticket that is no JSON Web Token', async () => {
    const { keeper: tickets, get } = keeper(async () => 'a-secret')
    expect(await tickets.fetch()).toBe('a-secret')
    await vi.advanceTimersByTimeAsync(600 * SECOND)
    expect(get).toHaveBeenCalledTimes(1)
  })

  it('is not hurried by tickets that are over at once', async () => {
    const { keeper: tickets, get } = keeper(async () => goodFor(0))
    await tickets.fetch()
    await vi.advanceTimersByTimeAsync(10 * SECOND)
    expect(get.mock.calls.length).toBeLessThanOrEqual(11)
  })

  it('tries again before the end where a renewal fails, and warns each time', async () => {
    let fails = false
    const {
      keeper: tickets,
      renewed,
      warning,
    } = keeper(async () => {
      if (fails) throw new Error('503')
      return goodFor(60)
    })
    await tickets.fetch()
    fails = true
    await vi.advanceTimersByTimeAsync(57 * SECOND)
    expect(warning).toHaveBeenCalledTimes(2)
    expect(warning.mock.calls[0]?.[0]).toMatchObject({
      code: 'ticket-not-given',
      message: expect.stringContaining('503'),
    })
    fails = false
    await vi.advanceTimersByTimeAsync(3 * SECOND)
    expect(renewed).toHaveBeenCalledTimes(1)
  })

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('no portal')
      },
      'no portal',
    ],
    ['rejects', () => Promise.reject(new Error('logged out')), 'logged out'],
    ['gives nothing', async () => '', 'not a ticket'],
    ['gives all of an answer', async () => '{"ticket":"a.b.c"}', 'not a ticket'],
    ['gives a number', async () => 7 as unknown as string, 'not a ticket'],
  ])('tells of a page that %s', async (_name, answer, words) => {
    const failure = keeper(answer).keeper.fetch()
    await expect(failure).rejects.toThrow(ProtocolError)
    await expect(failure).rejects.toMatchObject({ code: 'ticket-not-given', message: expect.stringContaining(words) })
  })

  it('waits for ten seconds, and no longer', async () => {
    const failure = keeper(() => new Promise(() => undefined)).keeper.fetch()
    const told = expect(failure).rejects.toMatchObject({ code: 'ticket-not-given' })
    await vi.advanceTimersByTimeAsync(10 * SECOND)
    await told
  })
})
