// What is used of the analyzer; its own types are of another entry.
declare module '@custom-elements-manifest/analyzer' {
  interface SourceFile {
    readonly fileName: string
  }
  export const ts: {
    readonly ScriptTarget: { readonly ES2022: number }
    createSourceFile(name: string, text: string, target: number, setParents: boolean): SourceFile
  }
  export function create(options: { modules: SourceFile[]; plugins: unknown[]; context: { dev: boolean } }): unknown
}
declare module '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js' {
  export function litPlugin(): unknown[]
}
