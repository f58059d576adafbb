// AppAuth's published modules import each other without ".js", as bundlers allow.
// Node is told to do the same; the package itself stays as it is.
import { register } from "node:module";

const hooks = `
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    const ours = specifier.startsWith(".") && context.parentURL.includes("/@openid/appauth/");
    if (!ours) throw error;
    const folder = error.code === "ERR_UNSUPPORTED_DIR_IMPORT";
    return next(specifier + (folder ? "/index.js" : ".js"), context);
  }
}`;
register("data:text/javascript," + encodeURIComponent(hooks));
