import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What WCAG 2.2 AA and good practice would have otherwise in a page, shadow roots included: the rule, where, and what. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      // A page with a player and nothing else has no heading.
      rules: { 'page-has-heading-one': { enabled: false } },
    })
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target}: ${html}`))
  })
}
