import { describe, expect, it } from 'vitest'
import { Turns } from '../../../bridge/auth/turns.ts'

const forever = new AbortController().signal

describe('turns', () => {
  it('are given in order, so many at a time', async () => {
    const turns = new Turns(2, 10)
    const order: string[] = []
    const take = (name: string) => turns.take(forever).then(() => order.push(name))
    await Promise.all([take('a'), take('b')])
    const waiting = [take('c'), take('d')]
    expect(order).toEqual(['a', 'b'])
    turns.giveBack()
    await waiting[0]
    expect(order).toEqual(['a', 'b', 'c'])
    turns.giveBack()
    await waiting[1]
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })

  it('of those who leave go to the next, and are not lost', async () => {
    const turns = new Turns(1, 10)
    await turns.take(forever)
    const leaving = new AbortController()
    const left = turns.take(leaving.signal)
    const next = turns.take(forever)
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    turns.giveBack()
    await next
    turns.giveBack()
    await turns.take(forever)
  })

  it('are not waited for by more than may', async () => {
    const turns = new Turns(1, 1)
    expect(turns.isFull).toBe(false)
    await turns.take(forever)
    expect(turns.isFull).toBe(false)
    void turns.take(forever)
    expect(turns.isFull).toBe(true)
  })
})
