
"use strict";
// Every step goes once through the rows (sorting: n log n), and a row's text is read
// once: ten thousand findings stay quick.
(() => {
  const STORED_THEME = "pulumi-cerevox-audit-theme";
  const root = document.documentElement;
  const collator = new Intl.Collator("en", { numeric: true });
  const filter = { terms: [], level: new Set(), kind: new Set() };
  let tables = [];

  root.dataset.js = "";
  showTheme(storedTheme());
  document.addEventListener("DOMContentLoaded", start);

  function start() {
    tables = [...document.querySelectorAll("[data-findings]")].map(readTable);
    tables.forEach(listenToTable);
    listenToFilters();
    listenToTheme();
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button.copy");
      if (button) copyFix(button);
    });
    showRows();
  }

  // Rows

  function readTable(section) {
    const body = section.querySelector("tbody");
    const rows = [...body.rows].map((node) => ({
      node, kind: node.dataset.kind, text: null, keys: [],
    }));
    return {
      section, body, rows,
      level: section.dataset.findings,
      count: section.querySelector("h2 span"),
    };
  }

  function rowText(row) {
    row.text ??= [...row.node.cells]
      .map((cell) => cell.textContent)
      .join("\n")
      .toLowerCase();
    return row.text;
  }

  function rowMatches(row) {
    if (filter.kind.size && !filter.kind.has(row.kind)) return false;
    return filter.terms.every((term) => rowText(row).includes(term));
  }

  function showRows() {
    let matching = 0;
    let total = 0;
    for (const table of tables) {
      total += table.rows.length;
      matching += showTable(table);
    }
    const status = document.getElementById("status");
    if (status) status.textContent = `${share(matching, total)} findings`;
  }

  function showTable(table) {
    const open = !filter.level.size || filter.level.has(table.level);
    let matching = 0;
    for (const row of table.rows) {
      const matches = open && rowMatches(row);
      if (matches) matching += 1;
      if (row.node.hidden === matches) row.node.hidden = !matches;
    }
    table.section.hidden = matching === 0;
    table.count.textContent = share(matching, table.rows.length);
    return matching;
  }

  function share(part, whole) {
    return part === whole ? told(whole) : `${told(part)} of ${told(whole)}`;
  }

  function listenToTable(table) {
    table.section.querySelectorAll("thead button").forEach((button, column) => {
      button.addEventListener("click", () => sortBy(table, button, column));
    });
  }

  // Sorting: ascending, descending, and back to the report's own order.

  function sortBy(table, button, column) {
    const head = button.parentElement;
    const next = { ascending: "descending", descending: null };
    const was = head.getAttribute("aria-sort");
    const direction = was === null ? "ascending" : next[was];
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    if (direction) head.setAttribute("aria-sort", direction);
    // Out of the page: there, browsers take their time over every single row.
    const { parentElement } = table.body;
    table.body.remove();
    for (const row of sorted(table.rows, column, direction)) table.body.append(row.node);
    parentElement.append(table.body);
  }

  function sorted(rows, column, direction) {
    if (!direction) return rows;
    const sign = direction === "ascending" ? 1 : -1;
    return [...rows].sort((one, other) => {
      const [left, right] = [sortKey(one, column), sortKey(other, column)];
      if (left === null || right === null) return (left === null) - (right === null);
      return sign * collator.compare(left, right);
    });
  }

  function sortKey(row, column) {
    if (row.keys[column] === undefined) {
      const cell = row.node.cells[column];
      const empty = cell.classList.contains("none");
      row.keys[column] = empty ? null : (cell.dataset.key ?? cell.textContent);
    }
    return row.keys[column];
  }

  // Filters

  function listenToFilters() {
    const search = document.getElementById("search");
    if (!search) return;
    const reset = document.getElementById("reset");
    const toggles = [...document.querySelectorAll(".tools [aria-pressed]")];
    const changed = () => {
      filter.terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      reset.disabled = !(filter.terms.length || filter.level.size || filter.kind.size);
      showRows();
    };
    search.addEventListener("input", changed);
    for (const button of toggles) {
      button.addEventListener("click", () => {
        toggle(button);
        changed();
      });
    }
    reset.addEventListener("click", () => {
      search.value = "";
      toggles.filter(isPressed).forEach(toggle);
      changed();
      search.focus();
    });
    // A page that is opened again may come with what was typed before.
    changed();
  }

  function isPressed(button) {
    return button.getAttribute("aria-pressed") === "true";
  }

  function toggle(button) {
    const pressed = !isPressed(button);
    button.setAttribute("aria-pressed", String(pressed));
    const [group] = Object.keys(button.dataset);
    if (pressed) filter[group].add(button.dataset[group]);
    else filter[group].delete(button.dataset[group]);
  }

  // Copying

  async function copyFix(button) {
    const text = [...button.closest("td").querySelectorAll("bdi")].at(-1);
    let said = "copied";
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      said = "selected";
    }
    button.dataset.said = said;
    button.addEventListener("blur", () => delete button.dataset.said, { once: true });
    const status = document.getElementById("status");
    status.textContent = said === "copied" ? "Copied" : "Selected: press Ctrl+C";
  }

  // Theme: the system's own, until somebody chooses.

  function listenToTheme() {
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "")) === "dark";
    const told = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      showTheme(theme);
      storeTheme(theme);
      told();
    });
    system.addEventListener("change", told);
    told();
  }

  function showTheme(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  }

  function storedTheme() {
    try {
      return localStorage.getItem(STORED_THEME);
    } catch {
      return null; // a sandboxed page has no storage
    }
  }

  function storeTheme(theme) {
    try {
      localStorage.setItem(STORED_THEME, theme);
    } catch {
      // The choice lasts as long as the page.
    }
  }

  function told(number) {
    return number.toLocaleString("en");
  }
})();
