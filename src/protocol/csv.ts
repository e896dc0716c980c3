// Comma-separated values (RFC 4180) for spreadsheets.

/**
 * Returns a text that no spreadsheet runs as a formula: an apostrophe stands before one that would be.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export const withoutFormula = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) ? `'${text}` : text

/** Returns a text as a cell in quotes. RFC 4180 2 */
export const quotedCell = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** Returns the line of finished cells, with its line break. */
export const csvLineOf = (cells: readonly string[]): string => `${cells.join(',')}\r\n`
