// A picture of the figures: for each job a bar a server, as long as its CPU is many times the limit's.
import type { Report } from './report.ts'
import { microseconds } from './report.ts'

const width = 900
const left = 170
const right = 190
const barHeight = 13
const gap = 14
/** Of small text, on average. */
const letterWidth = 6
const colours = ['#1f5f8b', '#8a8f98', '#c98b2b', '#7b5ea7', '#4f8a5b', '#b4555a', '#5aa0a8']

/** The bars on a logarithmic scale, since peers are up to a hundred times apart. */
export function chart(report: Report): string {
  const servers = Object.keys(report.hashes)
  const most = Math.max(
    4,
    ...report.jobs.flatMap(({ servers: all, limit }) =>
      Object.values(all).map((figures) => (figures === null ? 0 : figures.cpu / limit.cpu)),
    ),
  )
  const scale = (ratio: number) =>
    ((width - left - right) * Math.log(Math.max(ratio, 0.1) / 0.1)) / Math.log(most / 0.1)
  const bars: string[] = []
  // Above bars and lines, in a halo: else a line goes through a figure.
  const words: string[] = []
  let y = 70
  for (const { job, budget, limit, servers: all } of report.jobs) {
    const present = servers.filter((name) => all[name] != null)
    const top = y
    for (const name of present) {
      const figures = all[name]
      if (figures == null) continue
      const ratio = figures.cpu / limit.cpu
      const colour = colours[servers.indexOf(name) % colours.length]
      const figure = `${microseconds(figures.cpu)}, ${ratio.toFixed(2)} x`
      bars.push(
        `<rect x="${left}" y="${y}" width="${scale(ratio).toFixed(1)}" height="${barHeight - 2}" fill="${colour}"/>`,
      )
      words.push(text(left + scale(ratio) + 6, y + 10, figure, 'small'))
      y += barHeight
    }
    const at = left + scale(budget)
    bars.push(
      `<path d="M${at.toFixed(1)} ${top - 3}V${y + 1}" stroke="#c0392b" stroke-dasharray="3 2"/>`,
    )
    words.push(text(left - 10, top + 10, job, 'job'))
    y += gap
  }
  const limitAt = (left + scale(1)).toFixed(1)
  let x = left
  const legend = servers.map((name, index) => {
    const entry = `<rect x="${x}" y="40" width="10" height="10" fill="${colours[index % colours.length]}"/>${text(x + 14, 49, name, 'small')}`
    x += 34 + name.length * letterWidth
    return entry
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 24}" font-family="system-ui, sans-serif">
<style>text{font-size:13px;fill:#20242a;paint-order:stroke;stroke:#fff;stroke-width:3px}.small{font-size:11px;fill:#4a4f57}.job{text-anchor:end}</style>
<rect width="100%" height="100%" fill="#fff"/>
${text(left, 24, 'CPU of a request, as many times the limit of the platform (logarithmic)', 'title')}
${legend.join('\n')}
<path d="M${limitAt} 62V${y}" stroke="#20242a"/>
${bars.join('\n')}
${words.join('\n')}
${text(left, y + 14, `black line: the limit; red: the budget. ${report.environment.date}, ${report.environment.machine}`, 'small')}
</svg>
`
}

const text = (x: number, y: number, words: string, style: string): string =>
  `<text x="${x.toFixed(1)}" y="${y}" class="${style}">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
