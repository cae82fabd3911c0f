import { describe, expect, it } from 'vitest'
import type { Question } from '../../../bridge/auth/authority.ts'
import { readHookAnswer } from '../../../bridge/auth/hook-answer.ts'

const visitor = {
  address: '192.0.2.7',
  ticket: undefined,
  authorization: undefined,
  cookie: undefined,
  origin: undefined,
  userAgent: undefined,
}
const question: Question = { visitor, what: 'view', where: 'lobby' }
const read = (body: unknown, contentType = 'application/json', asked = question) =>
  readHookAnswer({ status: 200, contentType, body: typeof body === 'string' ? body : JSON.stringify(body) }, asked)

describe('the answer of a portal', () => {
  it('that says no more grants what was asked for, and nothing else', () => {
    expect(read('')).toEqual({
      streams: ['lobby'],
      rights: new Set(['view']),
      expiresAt: Number.POSITIVE_INFINITY,
      subject: undefined,
    })
  })

  it('about the list shows nothing but what it names', () => {
    const list: Question = { visitor, what: 'list', where: undefined }
    expect(read('', '', list).streams).toEqual([])
    expect(read({ streams: 'a/*' }, 'application/json', list)).toMatchObject({
      streams: ['a/*'],
      rights: new Set(['view']),
    })
  })

  it('is read where it is JSON, and only there', () => {
    for (const type of ['application/json; charset=utf-8', 'application/problem+json', 'Application/JSON']) {
      expect(read({ streams: ['other'] }, type).streams).toEqual(['other'])
    }
    for (const type of ['text/html', '', 'application/jsonp']) {
      expect(read({ streams: ['other'] }, type).streams).toEqual(['lobby'])
    }
  })

  it('leaves out rights that are not known here', () => {
    expect(read({ rights: ['view', 'fly', '__proto__'] }).rights).toEqual(new Set(['view']))
  })

  it('that ends at once lasts a second, so that nobody is asked about without end', () => {
    const { expiresAt } = read({ expires: Date.now() / 1000 + 0.2 })
    expect(expiresAt - Date.now()).toBeGreaterThan(900)
  })

  it.each([['[]'], ['null'], ['1'], [{ expires: 'soon' }], [{ rights: {} }], [{ subject: 'x'.repeat(201) }]])(
    'that is %j grants nothing',
    (body) => {
      expect(() => read(body)).toThrow()
    },
  )
})
