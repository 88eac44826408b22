export default function (eleventyConfig) {
  eleventyConfig.addPassthroughCopy("images");
  return { dir: { input: ".", output: "_site" } };
}
