/** As far beside what is seen of the page as it is large. */
const MARGIN = '100%'

/** Calls back once, when an element is near to what is seen of the page. @returns ends it */
export function whenNearView(element: Element, near: () => void): () => void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return
      observer.disconnect()
      near()
    },
    { rootMargin: MARGIN },
  )
  observer.observe(element)
  return () => observer.disconnect()
}
