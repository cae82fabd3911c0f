/**
 * The language of what an element shows, as a BCP 47 tag: that of the closest `lang` attribute, also above the shadow roots
 * that it lies in; where there is none the browser's.
 */
export function languageOf(element: Element): string {
  for (let at: Element | undefined = element; at; at = hostOf(at)) {
    const { lang } = at.closest<HTMLElement>('[lang]') ?? {}
    if (lang) return lang
  }
  return navigator.language
}

function hostOf(element: Element): Element | undefined {
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? root.host : undefined
}

export const isEnglish = (tag: string): boolean => /^en\b/i.test(tag)
