// The admin interface as a page to read. It says nothing that the code does not, so that no token is
// needed: a browser could not send one.
import { adminDocument } from './admin/interface.ts'
import { frameOf, page, renderPageError } from './endpoints/page.ts'
import type { FaceContext } from './http/app.ts'
import type { EndpointGroup } from './http/endpoint.ts'
import { apiDocumentPage } from './pages/api-document.tsx'

/** Returns the endpoint of the page. */
export function adminDocs(): EndpointGroup {
  // Of one isolate the page differs by the issuer alone, and in a deployment there is one.
  let drawn: { issuer: string; html: string } | undefined
  const show = async (context: FaceContext): Promise<Response> => {
    const { issuer, dialects } = context.env.as
    if (drawn?.issuer !== issuer) {
      const { languageHrefs: _, ...frame } = await frameOf(context)
      const document = adminDocument(dialects.clientMembers, issuer)
      drawn = { issuer, html: apiDocumentPage({ ...frame, language: 'en' }, document) }
    }
    return page(context, drawn.html)
  }
  return {
    renderError: renderPageError,
    endpoints: [{ path: '/admin/v1/docs', handlers: { GET: show } }],
  }
}
