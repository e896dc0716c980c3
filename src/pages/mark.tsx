/** The postern: a small arched door, standing slightly open in its frame. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 40" width="32" height="40" aria-hidden="true">
      <path d="M2 39V16a14 14 0 0 1 28 0v23" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M7 39V16a9 9 0 0 1 18 0v23z" fill="currentColor" />
    </svg>
  )
}
