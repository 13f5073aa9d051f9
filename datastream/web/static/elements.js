// What the template has put into the page. A page without it is a fault of ours, so that nothing goes on without it.

/**
 * The element of this id; throws where the page has none of this kind.
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} kind
 * @returns {E}
 */
export function byId(id, kind) {
  /** @type {Element | null} */
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with id ${id}`);
  return found;
}

/**
 * What an element's attribute `data-…` says; throws where it has none.
 * @param {HTMLElement | SVGElement} element
 * @param {string} name the attribute's name as `dataset` has it: `rowKey` for `data-row-key`
 */
export function data(element, name) {
  const value = element.dataset[name];
  if (value === undefined) throw new Error(`the element ${element.id || element.tagName} has no dataset.${name}`);
  return value;
}
