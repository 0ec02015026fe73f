// The names that a script's top-level declarations use and do not declare themselves, by declaration: for acorn's
// syntax trees, as far as helpers.js goes.
globalThis.freeNames = source => {
  const declared = pattern => {
    if (!pattern) return [];
    if (pattern.type === "Identifier") return [pattern.name];
    if (pattern.type === "RestElement") return declared(pattern.argument);
    if (pattern.type === "ArrayPattern") return pattern.elements.flatMap(declared);
    throw new Error(`a pattern that this does not know: ${pattern.type}`);
  };
  const declarations = statements =>
    statements.flatMap(({ type, declarations: all }) =>
      type === "VariableDeclaration" ? all.flatMap(({ id }) => declared(id)) : []
    );
  // What a node declares for what is inside it.
  const inside = node => {
    if (node.type === "ArrowFunctionExpression") return node.params.flatMap(declared);
    if (node.type === "BlockStatement") return declarations(node.body);
    if (node.type === "CatchClause") return declared(node.param);
    if (/^For/.test(node.type)) return declarations([node.left]);
    return [];
  };
  const walk = (node, known, found) => {
    if (Array.isArray(node)) return node.forEach(item => walk(item, known, found));
    if (!node || !node.type) return;
    if (node.type === "Identifier" && !known.has(node.name)) found.add(node.name);
    const inner = new Set([...known, ...inside(node)]);
    for (const [part, value] of Object.entries(node)) {
      const isName = (part === "property" || part === "key") && !node.computed;
      if (!isName) walk(value, inner, found);
    }
  };
  const tree = acorn.parse(source, { ecmaVersion: 2015 });
  return Object.fromEntries(
    tree.body.map(statement => {
      const [{ id, init }] = statement.declarations;
      const found = new Set();
      walk(init, new Set(), found);
      return [id.name, [...found]];
    })
  );
};
