import type { Words } from './words.ts'

/** Each is a file of its own, loaded when somebody wants it. */
const TRANSLATIONS: Readonly<Record<string, () => Promise<{ words: Words }>>> = {
  de: () => import('./de.ts'),
  en: () => import('./en.ts'),
  es: () => import('./es.ts'),
  fr: () => import('./fr.ts'),
  ja: () => import('./ja.ts'),
  zh: () => import('./zh.ts'),
}

export const LANGUAGES = Object.keys(TRANSLATIONS)

/** The words of a BCP 47 tag, by its first part: `de-AT` is German. English for what nobody has translated. */
export async function wordsOf(tag: string): Promise<Words> {
  const language = tag.split('-')[0]?.toLowerCase() ?? ''
  const load = Object.hasOwn(TRANSLATIONS, language) ? TRANSLATIONS[language] : undefined
  return (await (load ?? (() => import('./en.ts')))()).words
}
