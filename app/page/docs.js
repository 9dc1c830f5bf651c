// Shows the service's own description, openapi.json, without a library.

const part = (id) => document.getElementById(id);

function element(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}

function answers(responses) {
  const list = document.createElement("ul");
  for (const [status, { description, content }] of Object.entries(responses)) {
    const schema = content?.["application/json"]?.schema?.$ref?.split("/").pop();
    list.append(element("li", `${status}: ${description} (${schema ?? "no body"})`));
  }
  return list;
}

function operation(path, method, { description, requestBody, responses }) {
  const one = document.createElement("section");
  one.append(element("h2", `${method.toUpperCase()} ${path}`), element("p", description));
  for (const [type, { schema }] of Object.entries(requestBody?.content ?? {})) {
    for (const [name, field] of Object.entries(schema.properties)) {
      one.append(element("p", `Takes ${type}, field ${name}: ${field.description}.`));
    }
  }
  one.append(element("p", "Answers:"), answers(responses));
  return one;
}

const api = await (await fetch("openapi.json")).json();
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, told] of Object.entries(methods)) {
    part("operations").append(operation(path, method, told));
  }
}
part("schemas").textContent = JSON.stringify(api.components.schemas, null, 2);
// in PowerShell 5 curl is another program
const curl = navigator.userAgent.includes("Windows") ? "curl.exe" : "curl";
part("example").textContent = `${curl} -F image=@photo.jpg ${new URL("predict", location)}`;
