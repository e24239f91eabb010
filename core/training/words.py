"""Word lists for the training sentences of our own: who can do what, where, when and how.

A line of words is written as one string split at spaces; "-" stands for nothing.
"""

from dataclasses import dataclass


def words(line: str) -> tuple[str, ...]:
    """Return the words of a line; "-" becomes the empty string."""
    return tuple("" if word == "-" else word for word in line.split())


@dataclass(frozen=True)
class Crier:
    """Those who make the same sound: their names and the places, times, manners and describing words that fit."""

    names: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]
    manners: tuple[str, ...]
    modifiers: tuple[str, ...]
    reasons: tuple[str, ...] = ("",)


def animal(names: str, places: str, sounds: str, times: str = "", modifiers: str = "") -> Crier:
    """Return animals; every animal can also cry loudly, softly, all the time. Animals take no feelings."""
    return Crier(
        words(names),
        words(places),
        words(times or "朝 朝早く 夜 夕方 昼間 今朝 毎朝 -"),
        words(sounds) + words("大きな声で 小さな声で 小さく しきりに ずっと 何度も - -"),
        words(modifiers or "小さな 一匹の 白い かわいい 隣の家の - -"),
    )


BIRD = "小さな 一羽の 白い 青い きれいな かわいい - -"
HERD = "一頭の 若い 白い 大きな 小さな - -"
ANIMALS = (
    animal(
        "鳥 鳥 小鳥 小鳥",
        "木の上で 庭で 森で 枝の上で 屋根の上で 窓の外で 公園で 山で 林で 鳥かごの中で",
        "高い声で きれいな声で 美しい声で 楽しげに",
        modifiers=BIRD,
    ),
    animal(
        "すずめ スズメ",
        "庭で 木の上で 電線の上で 屋根の上で 窓の外で 畑で",
        "チュンチュン チュンチュンと",
        "朝 朝早く 毎朝 今朝 -",
        "小さな 一羽の かわいい -",
    ),
    animal(
        "うぐいす ひばり",
        "山で 林で 野原の上で 梅の木で 遠くで",
        "美しい声で きれいな声で 高い声で",
        "春の朝 朝 春になると 朝早く -",
        "一羽の 小さな - -",
    ),
    animal(
        "からす カラス",
        "屋根の上で 電線の上で 公園で 山で 高い木の上で 校庭で",
        "カーカー カーカーと 低い声で",
        "朝 夕方 朝早く 今朝 -",
        "一羽の 黒い 大きな 二羽の -",
    ),
    animal(
        "にわとり 鶏",
        "庭で 小屋で 農家の庭で 小屋の前で",
        "コケコッコーと 高い声で",
        "朝 朝早く 毎朝 夜明けに -",
        "一羽の 白い 茶色い -",
    ),
    animal(
        "ひよこ",
        "小屋で 箱の中で 庭で 親鳥のそばで",
        "ピヨピヨ ピヨピヨと",
        "朝 昼間 夕方 -",
        "小さな 黄色い 一羽の かわいい -",
    ),
    animal(
        "はと ふくろう",
        "森で 林で 木の上で 神社の木で",
        "低い声で ホーホーと",
        "夜明けに 朝早く 夕方 -",
        "一羽の 大きな -",
    ),
    animal(
        "猫 猫 子猫",
        "庭で 部屋で 窓のそばで 玄関で 塀の上で ソファの上で ベンチの下で 台所で 箱の中で 公園で 道で",
        "ニャーニャー ニャーニャーと ニャーと 甘い声で",
        modifiers="小さな 白い 黒い かわいい 隣の家の 一匹の - -",
    ),
    animal(
        "虫 虫 こおろぎ 秋の虫",
        "草むらで 庭で 野原で 畑で 草の中で 窓の外で",
        "コロコロと 静かに きれいな声で",
        "夜 秋の夜 夕方 秋になると 毎晩 -",
        "小さな 一匹の - - -",
    ),
    animal(
        "鈴虫",
        "草むらで 庭で 虫かごの中で 草の中で",
        "リンリン リーンリーンと きれいな声で",
        "夜 秋の夜 夕方 秋になると -",
        "小さな 一匹の -",
    ),
    animal(
        "蝉 セミ",
        "庭の木で 森で 公園で 神社の木で 校庭の木で 林で",
        "ミンミン ミンミンと うるさく 激しく",
        "夏の朝 朝から 夏になると 昼間 夕方 -",
        "一匹の たくさんの - - -",
    ),
    animal(
        "カエル 蛙 かえる",
        "田んぼで 池で 川のそばで 草むらで 葉の上で",
        "ケロケロ ケロケロと ゲロゲロ うるさく",
        "夜 雨の日に 夕方 梅雨になると -",
        "小さな 一匹の 緑色の -",
    ),
    animal("羊 やぎ 子羊", "牧場で 草原で 丘の上で 小屋で 農場で", "メーメー メーと", modifiers=HERD),
    animal("牛 子牛", "牧場で 牛小屋で 草原で 農場で", "モーモー モーと 低い声で", modifiers=HERD),
    animal("馬 子馬", "牧場で 馬小屋で 草原で 農場で", "ヒヒーンと 高い声で", modifiers=HERD),
    animal(
        "鹿",
        "山で 森で 林で 奈良公園で 遠くで",
        "高い声で ピーと",
        "秋の夕方 秋になると 夜 朝早く -",
        "一頭の 若い 大きな -",
    ),
    animal("子犬", "小屋で 部屋で 玄関で 箱の中で", "クンクン クーンと キャンキャン"),
)
DOGS = animal("犬 犬 子犬 番犬", "庭で 玄関で 門の前で 公園で 道で 犬小屋で", "ワンワン ワンワンと 激しく")

TIMES = words("朝 朝早く 夜 夜中に 夕方 昨日 今朝 昨夜 さっきから また -")
PEOPLE = (
    Crier(
        words("赤ちゃん 赤ちゃん 赤ん坊"),
        words("部屋で ベッドの中で 布団の上で 電車の中で 病院で 隣の部屋で 母親の腕の中で ベビーカーの中で"),
        TIMES,
        words("大きな声で 激しく ワーワー オギャーオギャーと 元気に 声を上げて ずっと 急に 弱々しく - -"),
        words("小さな かわいい 隣の家の 生まれたばかりの 姉の - - -"),
        words(
            "お腹がすいて 眠くて おむつがぬれて 目を覚まして 大きな音に驚いて 母親がいなくて ミルクがほしくて 怖くて - -"
        ),
    ),
    Crier(
        words("子供 子供 子ども 女の子 男の子"),
        words("公園で 部屋で 庭で 道で 駅で 店の前で 教室で 砂場で 病院で 幼稚園で デパートで 木の下で"),
        TIMES,
        words("大きな声で 激しく わんわん しくしく 大声で 声を上げて めそめそ 急に 一人で - -"),
        words("小さな 隣の家の 迷子の 三歳の 近所の 一人の けがをした - - -"),
        words(
            "悲しくて 転んで お腹がすいて おもちゃが壊れて 母親がいなくて 怖くて 注射が痛くて ひざをすりむいて けんかに負けて 道に迷って 風船が割れて - - -"
        ),
    ),
    Crier(
        words("弟 妹 息子 娘 孫"),
        words("部屋で 庭で 公園で 台所で 布団の中で 玄関で 駅で 病院で"),
        TIMES,
        words("大きな声で 激しく わんわん しくしく 大声で 声を上げて 急に 一人で - -"),
        words("- 小さい 幼い"),
        words(
            "悲しくて 転んで 兄弟げんかをして おもちゃが壊れて 母に叱られて 怖い夢を見て 犬に吠えられて 眠くて 歯が痛くて 試合に負けて - -"
        ),
    ),
    Crier(
        words("母 父 兄 姉 友達 先生 彼 彼女 私 祖母 叔母 田中さん"),
        words("部屋で 病院で 駅で 映画館で 台所で 家で 結婚式で 卒業式で 空港で"),
        TIMES,
        words("静かに 激しく 声を上げて 一人で 大声で 少し 思わず - -"),
        ("",),
        words(
            "悲しくて 嬉しくて 悔しくて 寂しくて 映画を見て 手紙を読んで 感動して 友達と別れて 知らせを聞いて 昔を思い出して - -"
        ),
    ),
)

LISTS = {
    "who": words("私 彼 彼女 父 母 兄 姉 弟 妹 友達 先生 祖母 祖父 田中さん 山田さん 鈴木さん"),
    "adult": words("私 彼 彼女 父 母 兄 姉 友達 先生 祖母 祖父 田中さん 佐藤さん"),
    "kid": words("子供 子ども 男の子 女の子 弟 妹 娘 息子 小さな子供"),
    "topic": words("は は が も"),
    "when": words("- - - 朝 夕方 夜 日曜日に 昼 いつも"),
    "day": words("- - 毎朝 毎日 日曜日に 週末に ときどき よく いつも 夕方"),
    "town": words("町 村 東京 京都 大阪 北海道 山 海辺 島 駅前 この町 私の村 北の町 谷 学校"),
    "season": words("春 夏 秋 冬"),
    "sky": words(
        "- - - 朝から 昼から 夕方 夜 夜中に 一日中 外では 町では 山では 北の町では 窓の外では 今日も 東京では"
    ),
    "skypast": words("昨日 昨夜 おととい 先週 今朝 日曜日に 昨日の夜 昨日の夕方 旅行の日に 運動会の朝"),
}
