// The one file of seedrandom that we use, typed by what we call: `alea` with saved state.
declare module "seedrandom/lib/alea.js" {
  interface AleaGenerator {
    (): number;
    int32(): number;
    state(): object;
  }
  const alea: (seed: string, options: { readonly state: true | object }) => AleaGenerator;
  export default alea;
}
