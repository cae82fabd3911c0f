import { afterEach, describe, expect, it, vi } from 'vitest'
import { StartError } from '../../../bridge/index.ts'
import { type Channel, Conversation } from '../../../bridge/workers/conversation.ts'

interface Sums {
  add(numbers: readonly number[]): Promise<number>
  fail(how: 'start' | 'otherwise'): Promise<void>
  wait(nothing: null): Promise<void>
}

const sums: Sums = {
  add: async (numbers) => numbers.reduce((sum, number) => sum + number, 0),
  fail: async (how) => {
    if (how === 'start') throw new StartError('The port is taken.', 'Choose another.')
    throw new Error('something else')
  },
  wait: () => new Promise(() => undefined),
}

/** Two ends of a channel that copies, as between processes. */
function pair(): [Channel, Channel] {
  const listeners: ((message: unknown) => void)[] = []
  const end = (own: number, other: number): Channel => ({
    send: (message, callback) => {
      const copy = structuredClone(message)
      setImmediate(() => {
        listeners[other]?.(copy)
        callback(null)
      })
    },
    onMessage: (listener) => {
      listeners[own] = listener
    },
  })
  return [end(0, 1), end(1, 0)]
}

function talk(): [Conversation<Sums>, Conversation<Sums>] {
  const [one, other] = pair()
  return [new Conversation<Sums>(one, { ...sums }), new Conversation<Sums>(other, { ...sums })]
}

afterEach(() => vi.useRealTimers())

describe('a conversation between processes', () => {
  it('has answers for the questions of both sides, each for its own', async () => {
    const [one, other] = talk()
    const answers = [one.ask('add', [1, 2], 1_000), one.ask('add', [3], 1_000), other.ask('add', [4, 5], 1_000)]
    expect(await Promise.all(answers)).toEqual([3, 3, 9])
  })

  it('hands on what went wrong, with its advice where there is one', async () => {
    const [one] = talk()
    await expect(one.ask('fail', 'otherwise', 1_000)).rejects.toThrow('something else')
    const error = await one.ask('fail', 'start', 1_000).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect(error).toMatchObject({ message: 'The port is taken.', advice: 'Choose another.' })
  })

  it('waits for no answer for ever', async () => {
    vi.useFakeTimers()
    const [one] = talk()
    const asked = expect(one.ask('wait', null, 1_000)).rejects.toThrow('did not answer: wait')
    await vi.advanceTimersByTimeAsync(1_000)
    await asked
  })

  it('is over for all who wait when the other process is gone', async () => {
    const [one] = talk()
    const waiting = one.ask('wait', null, 60_000)
    one.end(new Error('it ended'))
    await expect(waiting).rejects.toThrow('it ended')
    await expect(one.ask('add', [1], 1_000)).rejects.toThrow('it ended')
  })

  it('tells where a question could not be sent', async () => {
    const gone: Channel = { send: (_message, callback) => callback(new Error('closed')), onMessage: () => undefined }
    await expect(new Conversation<Sums>(gone, {}).ask('add', [], 1_000)).rejects.toThrow('closed')
    const broken: Channel = {
      send: () => {
        throw new Error('no channel')
      },
      onMessage: () => undefined,
    }
    await expect(new Conversation<Sums>(broken, {}).ask('add', [], 1_000)).rejects.toThrow('no channel')
  })
})
