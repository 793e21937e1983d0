//! scraper's tree behind the tree builder's interface, with the counts that the guard looks at.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use ego_tree::Tree;
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName};
use scraper::{Html, HtmlTreeSink, Node};

use super::{MAX_DEPTH, MAX_ELEMENTS, MAX_MERGES};

/// A node of the tree, and its place in the table of depths.
#[derive(Clone)]
pub(super) struct Handle {
    id: <HtmlTreeSink as TreeSink>::Handle,
    place: usize,
}

/// scraper's tree, with the counts that the guard looks at.
pub(super) struct GuardedTree {
    tree: HtmlTreeSink,
    depths: RefCell<Vec<u32>>,
    /// Depth of the node that text or an element was last appended to.
    depth: Cell<u32>,
    pub(super) elements: Cell<u32>,
    pub(super) work: Cell<u64>,
    /// Tags whose attributes went to an element that was there.
    pub(super) merges: Cell<u32>,
}

impl GuardedTree {
    /// A tree with room for `nodes`: to grow is to copy all of it.
    pub(super) fn new(nodes: usize) -> Self {
        let mut html = Html::new_document();
        html.tree = Tree::with_capacity(Node::Document, nodes);
        let mut depths = Vec::with_capacity(nodes);
        depths.push(0);
        Self {
            tree: HtmlTreeSink::new(html),
            depths: RefCell::new(depths),
            depth: Cell::new(0),
            elements: Cell::new(0),
            work: Cell::new(0),
            merges: Cell::new(0),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.depth.get() >= MAX_DEPTH || self.elements.get() >= MAX_ELEMENTS
    }

    fn handle(&self, id: <HtmlTreeSink as TreeSink>::Handle) -> Handle {
        let mut depths = self.depths.borrow_mut();
        depths.push(0);
        Handle { id, place: depths.len() - 1 }
    }

    fn place_below(&self, parent: &Handle, child: &NodeOrText<Handle>) {
        let mut depths = self.depths.borrow_mut();
        let depth = depths.get(parent.place).copied().unwrap_or(0);
        self.depth.set(depth);
        if let NodeOrText::AppendNode(node) = child
            && let Some(place) = depths.get_mut(node.place)
        {
            *place = depth + 1;
            self.depth.set(depth + 1);
        }
    }
}

fn inner(child: NodeOrText<Handle>) -> NodeOrText<<HtmlTreeSink as TreeSink>::Handle> {
    match child {
        NodeOrText::AppendNode(node) => NodeOrText::AppendNode(node.id),
        NodeOrText::AppendText(text) => NodeOrText::AppendText(text),
    }
}

impl TreeSink for GuardedTree {
    type Handle = Handle;
    type Output = Html;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.tree.finish()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.tree.set_quirks_mode(mode);
    }

    fn get_document(&self) -> Handle {
        Handle { id: self.tree.get_document(), place: 0 }
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        one.id == other.id
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> Ref<'a, QualName> {
        self.work.set(self.work.get() + 1);
        self.tree.elem_name(&target.id)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        self.elements.set(self.elements.get() + 1);
        self.handle(self.tree.create_element(name, attrs, flags))
    }

    fn create_comment(&self, _text: StrTendril) -> Handle {
        // Comments hold no story; an empty one keeps the shape of the tree.
        self.handle(self.tree.create_comment(StrTendril::new()))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        self.handle(self.tree.create_pi(target, data))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.place_below(parent, &child);
        self.tree.append(&parent.id, inner(child));
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(node) = &child {
            let mut depths = self.depths.borrow_mut();
            let depth = depths.get(sibling.place).copied().unwrap_or(0);
            if let Some(place) = depths.get_mut(node.place) {
                *place = depth;
            }
            self.depth.set(depth);
        }
        self.tree.append_before_sibling(&sibling.id, inner(child));
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        self.tree.append_based_on_parent_node(&element.id, &previous.id, inner(child));
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.tree.append_doctype_to_document(name, public_id, system_id);
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let contents = self.handle(self.tree.get_template_contents(&target.id));
        let mut depths = self.depths.borrow_mut();
        let depth = depths.get(target.place).copied().unwrap_or(0);
        if let Some(place) = depths.get_mut(contents.place) {
            *place = depth + 1;
        }
        drop(depths);
        contents
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.tree.remove_from_parent(&target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        self.tree.reparent_children(&node.id, &new_parent.id);
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        if attrs.is_empty() {
            return;
        }
        self.merges.set(self.merges.get() + 1);
        if self.merges.get() <= MAX_MERGES {
            self.tree.add_attrs_if_missing(&target.id, attrs);
        }
    }

    fn mark_script_already_started(&self, node: &Handle) {
        self.tree.mark_script_already_started(&node.id);
    }
}
