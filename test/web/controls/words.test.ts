import { describe, expect, it } from 'vitest'
import { PROTOCOL_ERROR_CODES } from '../../../protocol/errors.ts'
import { ageInWords } from '../../../web/controls/age.ts'
import { words as ENGLISH } from '../../../web/controls/words/en.ts'
import { isEnglish } from '../../../web/controls/words/language.ts'
import { LANGUAGES, wordsOf } from '../../../web/controls/words/translations.ts'

/** All sentences of a table, by their path. */
function sentences(table: object, path = ''): [path: string, sentence: string][] {
  return Object.entries(table).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${path}${name}`, value]] : value ? sentences(value, `${path}${name}.`) : [],
  )
}

const placeholders = (sentence: string): string[] => (sentence.match(/\{\w+\}/g) ?? []).sort()

const LANGUAGE_NAMES = LANGUAGES.filter((language) => language !== 'en')

describe('the words', () => {
  it('are there in six languages', () => {
    expect(LANGUAGES).toEqual(['de', 'en', 'es', 'fr', 'ja', 'zh'])
  })

  it.each(LANGUAGE_NAMES)('of %s have the same gaps as the English ones, and none is empty', async (language) => {
    const words = await wordsOf(language)
    const { errors, ...rest } = words
    const { errors: none, ...english } = ENGLISH
    expect(none).toBeUndefined()
    const known = new Map(sentences(english))
    const told = sentences(rest)
    expect(told.map(([path]) => path).sort()).toEqual([...known.keys()].sort())
    for (const [path, sentence] of told) {
      expect(sentence.trim(), path).not.toBe('')
      expect(placeholders(sentence), path).toEqual(placeholders(known.get(path) ?? ''))
    }
    for (const [path, sentence] of sentences(errors ?? {})) {
      expect(sentence.trim(), path).not.toBe('')
      expect(PROTOCOL_ERROR_CODES, path).toContain(path.split('.')[0])
    }
  })

  it.each(LANGUAGE_NAMES)('of %s are not the English ones left where they were', async (language) => {
    const english = new Map(sentences(ENGLISH))
    const same = sentences(await wordsOf(language)).filter(
      ([path, sentence]) => english.get(path) === sentence && /\s/.test(sentence),
    )
    expect(same).toEqual([])
  })

  it.each(LANGUAGES)('of %s name the live button by what is written on it', async (language) => {
    const { live, goLive } = (await wordsOf(language)).controls
    expect(goLive.toLowerCase()).toContain(live.toLowerCase())
  })

  it('are found by the first part of the tag, and English else', async () => {
    expect((await wordsOf('de-AT')).language).toBe('de')
    expect((await wordsOf('zh-Hant-TW')).language).toBe('zh')
    expect((await wordsOf('JA')).language).toBe('ja')
    for (const tag of ['nl', 'en-GB', '', 'constructor']) expect((await wordsOf(tag)).language).toBe('en')
    expect([isEnglish('en'), isEnglish('en-GB'), isEnglish('enm'), isEnglish('de')]).toEqual([true, true, false, false])
  })
})

describe('an age', () => {
  it.each([
    ['de', '7 Sekunden'],
    ['fr', '7 secondes'],
    ['es', '7 segundos'],
    ['ja', '7 秒'],
  ])('is told in %s', (language, age) => {
    expect(ageInWords(7_400, language).replace('\u00a0', ' ')).toBe(age)
  })
})
