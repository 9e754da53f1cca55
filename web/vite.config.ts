import { defineConfig } from "vite";

// The files are built into the program (tools/embed-web): names hold a hash of the content,
// nothing is inlined that a strict content security policy would refuse.
export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: "../build/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
