/** The stylesheet of all pages, with the deployment's accent colour (#rrggbb) in it. */
export function stylesheet(accentColour: string): string {
  return `:root{--accent:${accentColour}}`
}
